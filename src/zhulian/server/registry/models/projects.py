"""Projects, who won them, who built them, and the finished works.

Columns equal `core.tables` (checked by a test); `source_id` names the delivery a row came from.
"""

from __future__ import annotations

from django.db import models

from zhulian.server.registry.models.fields import (
    Fact,
    boolean,
    date,
    integer,
    required_integer,
    required_subject,
    required_text,
    subject,
    text,
)


class Project(Fact):
    project = required_subject("项目")
    project_code = text("项目编码", 60)
    name = required_text("项目名称", 300)
    region = text("所在地行政区划", 6)
    kind = text("工程类型", 40)
    use = text("工程用途", 40)
    nature = text("建设性质", 40)
    owner = text("建设单位", 200)
    total_area = integer("总面积")
    total_investment = integer("总投资")
    planned_start_on = date("计划开工")
    planned_finish_on = date("计划竣工")
    started_on = date("实际开工")
    finished_on = date("实际竣工")
    status = text("状态", 200)

    class Meta(Fact.Meta):
        db_table = "project"
        verbose_name = "工程项目"
        indexes = (models.Index(fields=["project"]), models.Index(fields=["project_code"]))


class Tender(Fact):
    tender_no = required_text("招标编号", 60)
    project = required_subject("项目")
    opened_on = date("开标（中标）日期")
    method = text("招标方式", 40)
    agency = text("招标代理机构", 200)

    class Meta(Fact.Meta):
        db_table = "tender"
        verbose_name = "招标"
        indexes = (models.Index(fields=["project"]), models.Index(fields=["tender_no"]))


class Bid(Fact):
    tender_no = required_text("招标编号", 60)
    enterprise = required_subject("企业")
    price = integer("投标价")
    won = boolean("中标")
    rank = integer("名次")

    class Meta(Fact.Meta):
        db_table = "bid"
        verbose_name = "投标"
        indexes = (models.Index(fields=["enterprise"]), models.Index(fields=["tender_no"]))


class Contract(Fact):
    contract_no = required_text("合同编号", 60)
    project = required_subject("项目")
    enterprise = required_subject("企业")
    role = required_text("承包角色", 40)
    amount = integer("合同额")
    signed_on = date("签订日期")
    scale = text("建设规模", 500)

    class Meta(Fact.Meta):
        db_table = "contract"
        verbose_name = "合同"
        indexes = (
            models.Index(fields=["project"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["contract_no"]),
        )


class Participation(Fact):
    project = required_subject("项目")
    enterprise = required_subject("企业")
    role = required_text("参建角色", 40)

    class Meta(Fact.Meta):
        db_table = "participation"
        verbose_name = "参建单位"
        indexes = (models.Index(fields=["project"]), models.Index(fields=["enterprise"]))


class Work(Fact):
    work = required_text("业绩编号", 80)
    project = subject("项目")
    enterprise = required_subject("企业")
    completed_on = date("竣工日期")
    accepted = boolean("验收合格")
    lead_person = subject("项目负责人")
    data_grade = text("数据等级", 200)
    indicator = required_text("指标", 200)
    value = required_integer("指标值")

    class Meta(Fact.Meta):
        db_table = "work"
        verbose_name = "业绩"
        indexes = (
            models.Index(fields=["project"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["lead_person"]),
            models.Index(fields=["work"]),
        )
