"""The look of an evaluation's report: light, dark and on paper, without a script or anything from elsewhere."""

from __future__ import annotations

from typing import Final

__all__ = ["DASHES", "STYLE"]

DASHES: Final = ("", "7 4", "2 3", "9 3 2 3", "14 4")
"""Line patterns, so that colour is never the only way to tell policies apart."""

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6675; --line: #d3d9e0; --ground: #fff; --panel: #f5f7f9;
  --s0: #1f5fae; --s1: #b04a12; --s2: #1f7a4d; --s3: #8a3f9b; --s4: #7a6a10; --event: #f3d9b8; --raised: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #a3afbd; --line: #3a4552; --ground: #12171d;
  --panel: #1a2129; --s0: #7db3f5; --s1: #f0a070; --s2: #6fcf9f; --s3: #d79be6; --s4: #d8c65a; --event: #4d3a1e;
  --raised: #ff8a80; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; --panel: #fff;
  --s0: #1f5fae; --s1: #b04a12; --s2: #1f7a4d; --s3: #8a3f9b; --s4: #7a6a10; --event: #f3d9b8; --raised: #b3261e; }
  figure { break-inside: avoid; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 0 auto;
  max-width: 66rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; } p { max-width: 48rem; } .soft, figcaption { color: var(--soft); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } td small { color: var(--soft); display: block; white-space: nowrap; }
figure { margin: 1rem 0; padding: .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
figcaption { margin-bottom: .4rem; font-size: .9rem; }
figure ul { margin: .4rem 0 0; padding-left: 1.1rem; font-size: .85rem; }
svg { display: block; max-width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .name { fill: var(--ink); font-weight: 600; } .axis { stroke: var(--line); fill: none; }
.trace { fill: none; stroke: var(--s0); stroke-width: 1.3; } .dot { fill: var(--s0); } .event { fill: var(--event); }
.raised { stroke: var(--raised); stroke-width: 2; } .quiet { stroke: var(--soft); stroke-width: 1; }
.s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); } .s3 { stroke: var(--s3); }
.s4 { stroke: var(--s4); } .curve { fill: none; stroke-width: 2; } .point { fill: var(--ground); stroke-width: 2.5; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; color: var(--soft); }
"""
