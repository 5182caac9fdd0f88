from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "zhulian.server.assessments"
    label = "assessments"
