"""Procedures whose agreements do not run out: so that a rehearsal of any day tells of work, not of papers."""

from dataclasses import replace

from hub.network.plan import Plan, ProcedurePlan


def lasting_plan(plan: Plan) -> Plan:
    """Let no agreement of a network run out."""
    return replace(plan, procedures={ref: _lasting(each) for ref, each in plan.procedures.items()})


def _lasting(found: ProcedurePlan) -> ProcedurePlan:
    steps = {name: replace(step, agreements=()) for name, step in found.steps.items()}
    return replace(found, steps=steps, agreements=(), needed_cache={}, assigned_cache={})
