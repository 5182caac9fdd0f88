"""What happens on sites and in the market: permits, posts, locks, hazards, accidents, credit records.

Columns equal `core.tables` (checked by a test); `source_id` names the delivery a row came from.
"""

from __future__ import annotations

from django.db import models

from zhulian.server.registry.models.fields import (
    Fact,
    boolean,
    date,
    integer,
    required_date,
    required_subject,
    required_text,
    subject,
    text,
)


class Permit(Fact):
    permit_no = required_text("施工许可证编号", 60)
    project = required_subject("项目")
    enterprise = required_subject("施工单位")
    issued_on = date("发证日期")
    amount = integer("合同价格")
    area = integer("建设规模（面积）")

    class Meta(Fact.Meta):
        db_table = "permit"
        verbose_name = "施工许可"
        indexes = (
            models.Index(fields=["project"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["permit_no"]),
        )


class Appointment(Fact):
    project = required_subject("项目")
    post = required_text("岗位", 40)
    person = required_subject("人员")
    enterprise = required_subject("企业")
    committed = boolean("投标承诺人员")

    class Meta(Fact.Meta):
        db_table = "appointment"
        verbose_name = "岗位任命"
        indexes = (
            models.Index(fields=["project"]),
            models.Index(fields=["person"]),
            models.Index(fields=["enterprise"]),
        )


class PersonLock(Fact):
    person = required_subject("人员")
    project = required_subject("项目")
    post = required_text("岗位", 40)
    locked_on = date("锁定日期")
    unlocked_on = date("解锁日期")
    reason = text("锁定或解锁原因", 200)

    class Meta(Fact.Meta):
        db_table = "person_lock"
        verbose_name = "在建锁定"
        indexes = (models.Index(fields=["person"]), models.Index(fields=["project"]))


class Hazard(Fact):
    hazard_no = required_text("隐患编号", 60)
    project = required_subject("项目")
    enterprise = required_subject("企业")
    level = required_text("隐患等级", 200)
    kind = text("隐患类型", 60)
    found_on = required_date("发现日期")
    found_by = text("发现单位", 200)
    due_on = date("整改期限")
    closed_on = date("销号日期")

    class Meta(Fact.Meta):
        db_table = "hazard"
        verbose_name = "安全隐患"
        indexes = (
            models.Index(fields=["project"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["hazard_no"]),
        )


class Accident(Fact):
    accident_no = required_text("事故编号", 60)
    project = required_subject("项目")
    enterprise = required_subject("企业")
    occurred_on = required_date("发生日期")
    deaths = integer("死亡人数")
    serious_injuries = integer("重伤人数")
    direct_loss = integer("直接经济损失")
    reported_on = date("报告日期")
    concealed = boolean("瞒报、谎报、迟报、漏报")
    concluded_on = date("调查报告批复日期")
    responsible = boolean("负有责任")

    class Meta(Fact.Meta):
        db_table = "accident"
        verbose_name = "生产安全事故"
        indexes = (
            models.Index(fields=["project"]),
            models.Index(fields=["enterprise"]),
            models.Index(fields=["accident_no"]),
        )


class CreditRecord(Fact):
    record_no = required_text("记录编号", 60)
    enterprise = subject("企业")
    person = subject("人员")
    polarity = required_text("性质", 200)
    kind = required_text("类别", 200)
    act = text("违法行为", 40)
    item = text("事项", 300)
    decided_on = date("决定日期")
    effective_on = date("生效日期")
    authority = text("作出机关", 200)
    document_no = text("文书文号", 80)
    project = subject("项目")
    public_from = date("公示起")
    public_until = date("公示止")
    repaired_on = date("修复日期")

    class Meta(Fact.Meta):
        db_table = "credit_record"
        verbose_name = "信用记录"
        indexes = (
            models.Index(fields=["enterprise"]),
            models.Index(fields=["person"]),
            models.Index(fields=["project"]),
            models.Index(fields=["record_no"]),
        )
