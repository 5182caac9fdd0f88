"""People and the papers that tie them to an enterprise.

Columns equal `core.tables` (checked by a test); `source_id` names the delivery a row came from.
"""

from __future__ import annotations

from django.db import models

from zhulian.server.common.crypto import BlindIndexField, EncryptedTextField, SecretContextField
from zhulian.server.registry.models.fields import (
    Fact,
    date,
    integer,
    required_date,
    required_subject,
    required_text,
    text,
)


class Person(Fact):
    person = required_subject("人员")
    name = required_text("姓名", 60)
    secret_id = SecretContextField()
    id_no = EncryptedTextField("身份证号码", index="id_no_index")
    id_no_index = BlindIndexField(source="id_no")
    phone = EncryptedTextField("联系电话", index="phone_index")
    phone_index = BlindIndexField(source="phone")
    birth_on = date("出生日期")
    sex = text("性别", 200)

    class Meta(Fact.Meta):
        db_table = "person"
        verbose_name = "人员"
        indexes = (models.Index(fields=["person"]), models.Index(fields=["name"]))


class Registration(Fact):
    registration_no = text("注册编号", 60)
    person = required_subject("人员")
    enterprise = required_subject("企业")
    kind = required_text("注册类别", 40)
    specialty = text("注册专业", 60)
    valid_until = date("有效期至")
    end_reason = text("注销原因", 200)

    class Meta(Fact.Meta):
        db_table = "registration"
        verbose_name = "注册执业资格"
        indexes = (models.Index(fields=["person"]), models.Index(fields=["enterprise"]))


class Title(Fact):
    person = required_subject("人员")
    specialty = text("职称专业", 60)
    grade = required_text("职称等级", 200)
    awarded_on = date("取得日期")

    class Meta(Fact.Meta):
        db_table = "title"
        verbose_name = "职称"
        indexes = (models.Index(fields=["person"]),)


class PostCertificate(Fact):
    certificate_no = required_text("证书编号", 60)
    person = required_subject("人员")
    enterprise = required_subject("企业")
    post = required_text("岗位", 40)
    issued_on = date("发证日期")
    valid_until = date("有效期至")

    class Meta(Fact.Meta):
        db_table = "post_certificate"
        verbose_name = "岗位证书"
        indexes = (
            models.Index(fields=["person"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["certificate_no"]),
        )


class SafetyCertificate(Fact):
    certificate_no = required_text("证书编号", 60)
    person = required_subject("人员")
    enterprise = required_subject("企业")
    certificate_class = required_text("类别", 200, column="class")
    valid_until = date("有效期至")

    class Meta(Fact.Meta):
        db_table = "safety_certificate"
        verbose_name = "安全生产考核合格证（三类人员）"
        indexes = (
            models.Index(fields=["person"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["certificate_no"]),
        )


class Skill(Fact):
    certificate_no = required_text("证书编号", 60)
    person = required_subject("人员")
    enterprise = required_subject("企业")
    trade = text("工种", 60)
    grade = required_text("等级", 200)
    issued_on = date("发证日期")

    class Meta(Fact.Meta):
        db_table = "skill"
        verbose_name = "技能等级证书"
        indexes = (
            models.Index(fields=["person"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["certificate_no"]),
        )


class Insurance(Fact):
    person = required_subject("人员")
    enterprise = required_subject("缴纳单位")
    month_from = required_date("缴纳起始月")
    month_until = date("缴纳截止月")

    class Meta(Fact.Meta):
        db_table = "insurance"
        verbose_name = "社会保险"
        indexes = (models.Index(fields=["person"]), models.Index(fields=["enterprise"]))


class Officer(Fact):
    enterprise = required_subject("企业")
    post = required_text("职务", 200)
    person = required_subject("人员")
    years_in_management = integer("从事工程施工技术管理工作年限")

    class Meta(Fact.Meta):
        db_table = "officer"
        verbose_name = "主要负责人"
        indexes = (models.Index(fields=["enterprise"]), models.Index(fields=["person"]))
