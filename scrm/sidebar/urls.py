"""Addresses of the sidebar and the workbench."""

from django.urls import path

from scrm.sidebar import actions, client, customers, entry, groups, sending, team, workbench

urlpatterns = [
    path("sidebar/", entry.sidebar, name="sidebar"),
    path("sidebar/signature", entry.signature, name="sidebar-signature"),
    path("sidebar/open", customers.open_contact, name="sidebar-open"),
    path("sidebar/group", groups.open_group, name="sidebar-group"),
    path("sidebar/f/<int:follow_id>/", customers.show, name="sidebar-customer"),
    path("sidebar/f/<int:follow_id>/next", customers.next_step, name="sidebar-next"),
    path("sidebar/f/<int:follow_id>/timeline", customers.older, name="sidebar-timeline"),
    path("sidebar/f/<int:follow_id>/materials", sending.materials, name="sidebar-materials"),
    path("sidebar/f/<int:follow_id>/scripts", sending.scripts, name="sidebar-scripts"),
    path("sidebar/f/<int:follow_id>/message", sending.message, name="sidebar-message"),
    path("sidebar/f/<int:follow_id>/sent", sending.sent, name="sidebar-sent"),
    path("sidebar/f/<int:follow_id>/tags", actions.tags, name="sidebar-tags"),
    path("sidebar/f/<int:follow_id>/remark", actions.remark, name="sidebar-remark"),
    path("sidebar/f/<int:follow_id>/marks", actions.mark, name="sidebar-mark"),
    path("sidebar/f/<int:follow_id>/notes", actions.note, name="sidebar-note"),
    path("sidebar/f/<int:follow_id>/tasks/<uuid:uid>", actions.task, name="sidebar-task"),
    path("sidebar/g/<str:chat_id>/materials", groups.materials, name="sidebar-group-materials"),
    path("sidebar/g/<str:chat_id>/message", groups.message, name="sidebar-group-message"),
    path("sidebar/client.js", client.script, name="sidebar-client-script"),
    path("sidebar/client", client.call, name="sidebar-client"),
    path("m/", workbench.today, name="workbench"),
    path("m/customers/", workbench.customers, name="workbench-customers"),
    path("m/customers/<uuid:uid>/", workbench.customer, name="workbench-customer"),
    path("m/alerts/seen", workbench.seen, name="workbench-seen"),
    path("m/team/", team.team, name="workbench-team"),
    path("m/team/urge/<int:task_id>", team.urge_member, name="workbench-urge"),
]
