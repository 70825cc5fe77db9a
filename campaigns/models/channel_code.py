"""Channel codes (渠道活码)."""

from django.db import models

from campaigns.models.content import WelcomeContent
from customers.models import Tag
from org.models import Staff, User
from wecom.models import App, Corp


class ChannelCode(WelcomeContent):
    """A "contact me" way with what follows from it (渠道活码): staff, tags, welcome, first task.

    `state` travels with every friend it brings and is our marker: a lost answer of
    `add_contact_way` is found again by it, never made twice. `config_id` is WeCom's name for the
    code, empty until WeCom has made it. `is_in_step` says that WeCom holds what this row says;
    `pushing_until` (the database's clock) is whose turn it is to bring it there, and stays set
    while it is unknown whether the code was made. Source: wecom-api §8.
    """

    class Kind(models.IntegerChoices):
        SINGLE = 1, "单人"
        MULTIPLE = 2, "多人"

    corp = models.ForeignKey(
        Corp, models.PROTECT, related_name="channel_codes", verbose_name="企业"
    )
    app = models.ForeignKey(App, models.PROTECT, related_name="+", verbose_name="应用")
    name = models.CharField("名称", max_length=30)
    state = models.CharField("渠道参数", max_length=30)
    kind = models.PositiveSmallIntegerField("类型", choices=Kind.choices, default=Kind.MULTIPLE)
    skip_verify = models.BooleanField("免验证", default=True)
    staff = models.ManyToManyField(Staff, related_name="channel_codes", verbose_name="员工")
    tags = models.ManyToManyField(
        Tag, blank=True, related_name="channel_codes", verbose_name="自动打标"
    )
    remark_template = models.CharField("备注模板", max_length=60, blank=True)
    task_title = models.CharField("首个任务标题", max_length=60, blank=True)
    task_body = models.CharField("首个任务说明", max_length=300, blank=True)
    task_delay_minutes = models.PositiveIntegerField("首个任务延后(分钟)", null=True, blank=True)
    config_id = models.CharField("企业微信编号", max_length=64, blank=True)
    qr_code_url = models.CharField("二维码地址", max_length=512, blank=True)
    is_enabled = models.BooleanField("启用", default=True)
    is_in_step = models.BooleanField("与企业微信一致", default=False)
    pushing_until = models.DateTimeField("同步占用至", null=True, blank=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="创建人",
    )
    created_at = models.DateTimeField("创建时间")
    disabled_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "渠道活码"
        verbose_name_plural = verbose_name
        indexes = (
            # Reader: push_channel_codes, whatever WeCom does not hold yet.
            models.Index(
                fields=["id"], name="channel_code_to_push", condition=models.Q(is_in_step=False)
            ),
        )
        constraints = (
            models.UniqueConstraint("corp", "state", name="channel_code_state_is_unique"),
            models.UniqueConstraint(
                fields=["corp", "config_id"],
                name="channel_code_config_is_unique",
                condition=~models.Q(config_id=""),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[1, 2]), name="channel_code_kind_is_known"
            ),
            models.CheckConstraint(condition=~models.Q(state=""), name="channel_code_has_a_state"),
            models.CheckConstraint(
                condition=models.Q(task_delay_minutes=None) | ~models.Q(task_title=""),
                name="channel_code_task_has_a_title",
            ),
        )

    def __str__(self) -> str:
        return self.name
