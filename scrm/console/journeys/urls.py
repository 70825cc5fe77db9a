"""Addresses of the journeys' pages."""

from django.urls import path

from scrm.console.journeys import editor, lists, making, releasing, runs

urlpatterns = [
    path("", lists.journeys, name="journeys"),
    path("new/", making.new, name="journey_new"),
    path("templates/", making.templates, name="journey_templates"),
    path("templates/<slug:code>/", making.template, name="journey_template"),
    path("<uuid:uid>/", editor.editor, name="journey"),
    path("<uuid:uid>/edit/", editor.edit, name="journey_edit"),
    path("<uuid:uid>/counts/", editor.counts, name="journey_counts"),
    path("<uuid:uid>/steps/<slug:key>/", editor.step_panel, name="journey_step"),
    path("<uuid:uid>/steps/<slug:key>/told/", editor.step_told, name="journey_step_told"),
    path("<uuid:uid>/settings/<slug:part>/", editor.setting_panel, name="journey_setting"),
    path("<uuid:uid>/basics/", making.basics, name="journey_basics"),
    path("<uuid:uid>/copy/", making.copy, name="journey_copy"),
    path("<uuid:uid>/state/", making.change_state, name="journey_state"),
    path("<uuid:uid>/publish/", releasing.publish, name="journey_publish"),
    path("<uuid:uid>/versions/", releasing.versions, name="journey_versions"),
    path("<uuid:uid>/versions/<int:number>/", releasing.version, name="journey_version"),
    path("<uuid:uid>/versions/<int:number>/restore/", releasing.restore, name="journey_restore"),
    path("<uuid:uid>/runs/", runs.runs, name="journey_runs"),
    path("<uuid:uid>/runs/export/", runs.export, name="journey_runs_export"),
    path("<uuid:uid>/runs/revive/", runs.revive, name="journey_runs_revive"),
    path("<uuid:uid>/runs/stop/", runs.stop, name="journey_runs_stop"),
    path("<uuid:uid>/runs/<int:run_id>/", runs.run, name="journey_run"),
    path("<uuid:uid>/why/", runs.why, name="journey_why"),
    path("<uuid:uid>/why/<uuid:customer>/", runs.why_customer, name="journey_why_customer"),
]
