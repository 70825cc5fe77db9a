"""Addresses of tags."""

from django.urls import path

from scrm.console.tags import views

urlpatterns = [
    path("", views.tags, name="tags"),
    path("new/", views.new_group, name="tag-group-new"),
    path("sync/", views.read_again, name="tags-sync"),
    path("groups/<int:group_id>/new/", views.new_tags, name="tag-new"),
    path("groups/<int:group_id>/rename/", views.rename_group, name="tag-group-rename"),
    path("groups/<int:group_id>/delete/", views.delete_group, name="tag-group-delete"),
    path("<int:tag_id>/rename/", views.rename_tag, name="tag-rename"),
    path("<int:tag_id>/delete/", views.delete_tag, name="tag-delete"),
]
