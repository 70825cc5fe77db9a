"""Addresses of the channel codes' pages."""

from django.urls import path

from scrm.console.codes import editing, pictures, views, welcomes

urlpatterns = [
    path("", views.index, name="codes"),
    path("export/", views.export, name="codes-export"),
    path("new/", editing.create, name="code-new"),
    path("default-welcome/", welcomes.default, name="default-welcome"),
    path("<int:code_id>/", views.show, name="code"),
    path("<int:code_id>/people/", views.people, name="code-people"),
    path("<int:code_id>/edit/", editing.edit, name="code-edit"),
    path("<int:code_id>/copies/", editing.copies, name="code-copies"),
    path("<int:code_id>/disable/", editing.disable, name="code-disable"),
    path("<int:code_id>/enable/", editing.enable, name="code-enable"),
    path("<int:code_id>/push/", editing.push, name="code-push"),
    path("<int:code_id>/delete/", editing.delete, name="code-delete"),
    path("<int:code_id>/welcomes/", welcomes.variant, name="code-welcome-new"),
    path("<int:code_id>/welcomes/<int:variant_id>/", welcomes.variant, name="code-welcome"),
    path(
        "<int:code_id>/welcomes/<int:variant_id>/delete/",
        welcomes.variant_delete,
        name="code-welcome-delete",
    ),
    path("<int:code_id>/qr.png", pictures.qr, name="code-qr"),
    path("<int:code_id>/poster/", pictures.poster, name="code-poster"),
    path("<int:code_id>/poster.png", pictures.poster_file, {"kind": "png"}, name="code-poster-png"),
    path("<int:code_id>/poster.pdf", pictures.poster_file, {"kind": "pdf"}, name="code-poster-pdf"),
]
