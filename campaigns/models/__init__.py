"""Channel codes and welcomes."""

from campaigns.models.channel_code import ChannelCode
from campaigns.models.welcome import DefaultWelcome, WelcomeVariant

__all__ = ["ChannelCode", "DefaultWelcome", "WelcomeVariant"]
