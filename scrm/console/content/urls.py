"""Addresses of the content pages."""

from django.urls import path

from scrm.console.content import scripts, views, writing

urlpatterns = [
    path("", views.index, name="materials"),
    path("new/", views.create, name="material-new"),
    path("scripts/", scripts.index, name="scripts"),
    path("scripts/new/", scripts.edit, name="script-new"),
    path("scripts/<int:script_id>/", scripts.edit, name="script"),
    path("scripts/<int:script_id>/move/", scripts.move, name="script-move"),
    path("scripts/<int:script_id>/delete/", scripts.delete, name="script-delete"),
    path("<int:material_id>/", views.show, name="material"),
    path("<int:material_id>/readers.xlsx", views.export, name="material-export"),
    path("<int:material_id>/links/", views.link, name="material-link"),
    path("<int:material_id>/edit/", writing.edit, name="material-edit"),
    path("<int:material_id>/unpublish/", views.unpublish, name="material-unpublish"),
    path("<int:material_id>/discard/", views.discard, name="material-discard"),
    path("<int:material_id>/delete/", views.delete, name="material-delete"),
]
