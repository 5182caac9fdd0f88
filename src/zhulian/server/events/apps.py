from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "zhulian.server.events"
    label = "events"
