"""Addresses of customers."""

from django.urls import path

from scrm.console.customers import bulk, one, views

urlpatterns = [
    path("", views.customers, name="customers"),
    path("counts/", views.counts, name="customer-counts"),
    path("columns/", views.columns, name="customer-columns"),
    path("views/", views.views, name="customer-views"),
    path("views/new/", views.new_view, name="customer-view-new"),
    path("views/<int:view_id>/delete/", views.remove_view, name="customer-view-delete"),
    path("tag/", bulk.bulk_tag, name="customer-bulk-tag"),
    path("untag/", bulk.bulk_untag, name="customer-bulk-untag"),
    path("export/", bulk.export, name="customer-export"),
    path("<uuid:uid>/", one.customer, name="customer"),
    path("<uuid:uid>/timeline/", one.timeline, name="customer-timeline"),
    path("<uuid:uid>/notes/", one.note, name="customer-note"),
    path("<uuid:uid>/phone/", one.phone, name="customer-phone"),
    path("<uuid:uid>/tags/", one.tags, name="customer-tag"),
    path("<uuid:uid>/tags/card/", one.tags_card, name="customer-tags"),
    path("<uuid:uid>/journeys/<uuid:journey_uid>/", one.journey, name="customer-journey"),
]
