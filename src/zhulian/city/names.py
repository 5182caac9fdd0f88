"""Names that look real and are not: of enterprises, persons, owners and works.

Trade names are made of two characters that signboards like but national groups do not bear; a name that contains
a word of `FAMOUS` is never given out.
"""

from __future__ import annotations

import random
from typing import Final

TRADE_FIRST: Final = "澄砺沐衡峻煦翊霁骞珩昱澍铄阔岑栎湛峤钧矗瀚擎垚筠璟"
TRADE_SECOND: Final = "岚川垣驰岳锦阡禾澜序坤桥廷野策屿拓舟垒嵘铎迈椽栋程"
FAMOUS: Final = (
    "中建", "中铁", "中交", "中冶", "中电", "中核", "中国", "葛洲坝", "上建", "龙元", "金螳螂", "宏润", "远大", "广厦", "万科",
    "恒大", "碧桂园", "保利", "绿地", "隧道股份", "华西", "城建集团", "建工集团", "荣华", "德才", "天元", "青建", "瑞源", "栋梁",
)  # fmt: skip
"""Words of real groups, known to us; the two alphabets above do not make them, and a test says so."""

SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN_MALE: Final = "伟强磊军洋勇杰涛明超平刚波辉健俊峰建国志刚海鹏飞宇浩东旭文斌林鑫雷凯亮成龙晨阳宁振华"
GIVEN_FEMALE: Final = "芳娜敏静丽艳娟霞秀英玲桂兰燕萍雪梅慧莹倩颖丹琳洁红云欣怡佳月晶蕾婷璐薇"

INDUSTRY: Final = {
    "D101": ("建筑工程", "建设工程", "建筑安装工程"),
    "D105": ("水利工程", "水利水电工程", "水务建设工程"),
    "D106": ("电力工程", "电力建设", "输变电工程"),
    "D110": ("市政工程", "市政建设工程", "市政园林工程"),
    "D201": ("地基基础工程",),
    "D203": ("混凝土",),
    "D204": ("智能科技工程", "电子工程"),
    "D205": ("消防工程",),
    "D206": ("防水工程", "防腐保温工程"),
    "D209": ("钢结构工程",),
    "D210": ("脚手架工程", "建筑劳务"),
    "D211": ("装饰工程", "建筑装饰工程"),
    "D212": ("机电安装工程",),
    "D213": ("幕墙工程",),
    "D214": ("古建园林工程",),
    "D215": ("照明工程",),
    "D217": ("路桥工程",),
    "D235": ("环保工程", "环境工程"),
}

_OTHER_INDUSTRY: Final = ("建设工程", "工程建设", "专业工程")
_ESTATES: Final = ("雅苑", "花园", "家园", "广场", "府", "里", "新城")


def trade_names(rng: random.Random, count: int) -> list[str]:
    """Trade names in a shuffled order, each once: of two characters, and of four when more are asked for."""
    names = [a + b for a in TRADE_FIRST for b in TRADE_SECOND if not any(word in a + b for word in FAMOUS)]
    rng.shuffle(names)
    rounds = -(-count // len(names)) - 1
    return names + [a + b for k in range(1, rounds + 1) for a, b in zip(names, names[k:] + names[:k], strict=True)]


def enterprise_name(place: str, trade: str, category: str, rng: random.Random) -> str:
    """Full name of an enterprise: place, trade name, industry, form."""
    return f"{place}{trade}{rng.choice(INDUSTRY.get(category, _OTHER_INDUSTRY))}有限公司"


def person_name(rng: random.Random, *, male: bool) -> str:
    """Surname and a given name of one or two characters."""
    given = GIVEN_MALE if male else GIVEN_FEMALE
    length = 1 if rng.random() < 0.3 else 2
    return rng.choice(SURNAMES) + "".join(rng.sample(given, length))


def owner_name(place: str, trade: str) -> str:
    """A client (建设单位)."""
    return f"{place}{trade}置业有限公司"


def estate_name(trade: str, rng: random.Random) -> str:
    """A housing estate or a building."""
    return f"{trade}{rng.choice(_ESTATES)}"
