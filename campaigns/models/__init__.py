"""Channel codes and welcomes."""

from campaigns.models.channel_code import ChannelCode
from campaigns.models.code_picture import CodePicture
from campaigns.models.welcome import DefaultWelcome, WelcomeVariant

__all__ = ["ChannelCode", "CodePicture", "DefaultWelcome", "WelcomeVariant"]
