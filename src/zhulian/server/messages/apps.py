from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "zhulian.server.messages"
    label = "notices"  # Django's own flash messages have the other word
