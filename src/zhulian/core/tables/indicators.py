"""Indicators of works (业绩指标): what a standard measures in a finished work, with unit and scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Indicator:
    """One measure of a work; values are stored × `scale` as int64."""

    name: str
    label: str
    unit: str
    scale: int = 1


def _indicators(*rows: Indicator) -> dict[str, Indicator]:
    return {row.name: row for row in rows}


INDICATORS: Final = _indicators(
    Indicator("amount", "合同额", "元", 100),
    Indicator("area_m2", "建筑面积", "㎡", 1000),
    Indicator("storeys", "地上层数", "层"),
    Indicator("structure_height_m", "构筑物高度", "m", 1000),
    Indicator("span_m", "混凝土单跨", "m", 1000),
    Indicator("steel_span_m", "钢结构单跨", "m", 1000),
    Indicator("installed_kw", "电站装机容量", "kW", 1),
    Indicator("units_200mw", "单机 20 万千瓦机组", "台"),
    Indicator("units_100mw", "单机 10 万千瓦机组", "台"),
    Indicator("line_220kv_km", "220 千伏送电线路", "km", 1000),
    Indicator("line_110kv_km", "110 千伏送电线路", "km", 1000),
    Indicator("substation_220kv", "220 千伏变电站", "座"),
    Indicator("substation_110kv", "110 千伏变电站", "座"),
    Indicator("cable_220kv_km", "220 千伏电缆", "km", 1000),
    Indicator("cable_110kv_km", "110 千伏电缆", "km", 1000),
    Indicator("road_area_m2", "城市道路面积", "㎡", 1000),
    Indicator("road_length_km", "城市道路长度", "km", 1000),
    Indicator("bridge_area_m2", "城市桥梁面积", "㎡", 1000),
    Indicator("bridge_span_m", "桥梁单跨", "m", 1000),
    Indicator("drain_km", "排水管道", "km", 1000),
    Indicator("water_pipe_km", "供水、中水管道", "km", 1000),
    Indicator("gas_pipe_km", "燃气管道", "km", 1000),
    Indicator("heat_pipe_km", "热力管道", "km", 1000),
    Indicator("sewage_tpd", "污水处理规模", "吨/日"),
    Indicator("waterworks_tpd", "供水厂规模", "吨/日"),
    Indicator("pump_tpd", "泵站规模", "吨/日"),
    Indicator("refuse_tpd", "生活垃圾处理规模", "吨/日"),
    Indicator("tunnel_km", "城市隧道", "km", 1000),
)
