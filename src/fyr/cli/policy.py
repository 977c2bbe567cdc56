"""`fyr watch policy`: look at alarm policies, check one, and say what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fyr.cli.output import as_json, json_option

if TYPE_CHECKING:
    from fyr.attention.policy_difference import FieldChange

__all__ = ["policy"]


@click.group()
def policy() -> None:
    """Look at alarm policies."""


@policy.command("list")
@json_option
def list_policies(json_wanted: bool) -> None:
    """List the policies that come with Fyr."""
    from fyr.attention import load_policy, shipped_policies

    policies = [load_policy(name) for name in shipped_policies()]
    if json_wanted:
        rows = [{"name": p.name, "version": p.version, "title": p.title, "rules": len(p.rules)} for p in policies]
        as_json({"policies": rows})
        return
    for one in policies:
        click.echo(f"{one.name:<20} {one.version:<4} {len(one.rules):>3} rules  {one.title}")


@policy.command()
@click.argument("name_or_path")
@json_option
def check(name_or_path: str, json_wanted: bool) -> None:
    """Check a policy and print what it says."""
    from fyr.attention import load_policy

    found = load_policy(name_or_path)
    tiers = {rule.key: rule.tier.value for rule in found.rules}
    if json_wanted:
        as_json(
            {
                "name": found.name,
                "version": found.version,
                "digest": found.digest,
                "rules": {
                    rule.key: {"title": rule.title, "priority": rule.priority.value, "tier": tiers[rule.key]}
                    for rule in found.rules
                },
            }
        )
        return
    click.echo(f"{found.name} {found.version}: {found.title}\n{found.source}\ndigest {found.digest}\n")
    has_tiers = len(set(tiers.values())) > 1
    width = max(len(rule.key) for rule in found.rules)
    for rule in found.rules:
        tier = f"{tiers[rule.key]:<7} " if has_tiers else ""
        click.echo(f"  {rule.key:<{width}} {tier}{rule.priority.value:<7} {rule.title}")


@policy.command()
@click.argument("before")
@click.argument("after")
@json_option
def diff(before: str, after: str, json_wanted: bool) -> None:
    """Say what changes for patients and staff from policy BEFORE to policy AFTER, rule by rule."""
    from fyr.attention import load_policy
    from fyr.attention.policy_difference import policy_difference, rule_words

    found = policy_difference(load_policy(before), load_policy(after))
    if json_wanted:
        as_json(found.as_dict())
        return
    click.echo(f"{found.before} -> {found.after}")
    if found.is_empty:
        click.echo("nothing differs that decides who is told what, and when")
    alike = found.in_every_rule
    if alike:
        click.echo("\nchanged in every rule that stays")
        _print(alike)
    for change in found.changed:
        key = change.before if change.before == change.after else f"{change.before} -> {change.after}"
        own = tuple(one for one in change.changes if one not in alike)
        if own:
            click.echo(f"\nchanged  {change.title}  [{key}]")
            _print(own)
    for word, rules in (("added  ", found.added), ("removed", found.removed)):
        for rule in rules:
            click.echo(f"\n{word}  {rule.title}  [{rule.key}]\n           {rule_words(rule)}")
    for name, changes in found.around.items():
        click.echo(f"\nbehind the rules: {name}")
        _print(changes)


def _print(changes: tuple[FieldChange, ...]) -> None:
    for change in changes:
        click.echo(f"           {change}")
