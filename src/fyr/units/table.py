"""The atoms of UCUM that a hospital writes, each by its own definition.

Source: Gunther Schadow, Clement J. McDonald, *The Unified Code for Units of Measure*, version 2.2 (2024),
https://ucum.org/ucum, tables 1 to 25. Left out: printers' points, units of former countries, homeopathic potencies
and the constants of nature beyond those that other units need. Logarithmic units are known and compared only with
themselves. Stricter than UCUM, on purpose: there a mole is a mere number (6.02214076e23) and an equivalent or an
osmole is a mole; here the three are kinds of their own, since 2 meq of calcium are 1 mmol.
"""

from __future__ import annotations

from typing import Final

__all__ = ["AFFINE", "DEFINED", "MEANT", "OWN_KIND", "PREFIXES"]

PREFIXES: Final[dict[str, str]] = {
    "Y": "1e24",
    "Z": "1e21",
    "E": "1e18",
    "P": "1e15",
    "T": "1e12",
    "G": "1e9",
    "M": "1e6",
    "k": "1e3",
    "h": "1e2",
    "da": "1e1",
    "d": "1e-1",
    "c": "1e-2",
    "m": "1e-3",
    "u": "1e-6",
    "n": "1e-9",
    "p": "1e-12",
    "f": "1e-15",
    "a": "1e-18",
    "z": "1e-21",
    "y": "1e-24",
    "Ki": "1024",
    "Mi": "1048576",
    "Gi": "1073741824",
    "Ti": "1099511627776",
}

OWN_KIND: Final[dict[str, bool]] = {
    # base units, and the three amounts; True: takes a prefix
    **dict.fromkeys(("m", "s", "g", "rad", "K", "C", "cd", "mol", "eq", "osm"), True),
    # arbitrary units: UCUM section 24, not comparable with any other unit
    **dict.fromkeys(("[iU]",), True),
    **dict.fromkeys(
        (
            *("[arb'U]", "[USP'U]", "[GPL'U]", "[MPL'U]", "[APL'U]", "[beth'U]", "[anti'Xa'U]", "[todd'U]", "[dye'U]"),
            *("[smgy'U]", "[bdsk'U]", "[ka'U]", "[knk'U]", "[mclg'U]", "[tb'U]", "[CCID_50]", "[TCID_50]", "[EID_50]"),
            *("[PFU]", "[FFU]", "[CFU]", "[IR]", "[BAU]", "[AU]", "[Amb'a'1'U]", "[PNU]", "[Lf]", "[D'ag'U]", "[FEU]"),
            *("[ELU]", "[EU]"),
        ),
        False,
    ),
    # logarithmic units
    **dict.fromkeys(("Np", "B", "B[SPL]", "B[V]", "B[mV]", "B[uV]", "B[10.nV]", "B[W]", "B[kW]"), True),
    **dict.fromkeys(("bit_s", "[pH]"), False),
}

AFFINE: Final[dict[str, tuple[str, str, bool]]] = {
    # code: (kelvins a degree, zero point in degrees below it, takes a prefix)
    "Cel": ("1", "273.15", True),
    "[degF]": ("5/9", "459.67", False),
    "[degRe]": ("5/4", "218.52", False),
}

# code, value, unit; a star: takes a prefix
_LINES: Final = """
10*         10          1
10^         10          1
[pi]        3.1415926535897932384626433832795028841971693993751058209749445923 1
%           1           10*-2
[ppth]      1           10*-3
[ppm]       1           10*-6
[ppb]       1           10*-9
[pptr]      1           10*-12
sr*         1           rad2
Hz*         1           s-1
N*          1           kg.m/s2
Pa*         1           N/m2
J*          1           N.m
W*          1           J/s
A*          1           C/s
V*          1           J/C
F*          1           C/V
Ohm*        1           V/A
S*          1           Ohm-1
Wb*         1           V.s
T*          1           Wb/m2
H*          1           Wb/A
lm*         1           cd.sr
lx*         1           lm/m2
Bq*         1           s-1
Gy*         1           J/kg
Sv*         1           J/kg
gon         0.9         deg
deg         2           [pi].rad/360
'           1           deg/60
''          1           '/60
l*          1           dm3
L*          1           l
ar*         100         m2
min         60          s
h           60          min
d           24          h
a_t         365.24219   d
a_j         365.25      d
a_g         365.2425    d
a           1           a_j
wk          7           d
mo_s        29.53059    d
mo_j        1           a_j/12
mo_g        1           a_g/12
mo          1           mo_j
t*          1e3         kg
bar*        1e5         Pa
u*          1.66053906660e-24 g
eV*         1.602176634e-19 J
[c]*        299792458   m/s
[g]*        9.80665     m/s2
atm         101325      Pa
gf*         1           g.[g]
[lbf_av]    1           [lb_av].[g]
Ky*         1           cm-1
Gal*        1           cm/s2
dyn*        1           g.cm/s2
erg*        1           dyn.cm
P*          1           dyn.s/cm2
St*         1           cm2/s
G*          1e-4        T
Ci*         37e9        Bq
R*          2.58e-4     C/kg
RAD*        100         erg/g
REM*        1           RAD
[in_i]      2.54        cm
[ft_i]      12          [in_i]
[yd_i]      3           [ft_i]
[mi_i]      5280        [ft_i]
[nmi_i]     1852        m
[kn_i]      1           [nmi_i]/h
[sin_i]     1           [in_i]2
[sft_i]     1           [ft_i]2
[cin_i]     1           [in_i]3
[cft_i]     1           [ft_i]3
[syd_i]     1           [yd_i]2
[ft_us]     1200        m/3937
[in_us]     1           [ft_us]/12
[gal_us]    231         [in_i]3
[qt_us]     1           [gal_us]/4
[pt_us]     1           [qt_us]/2
[gil_us]    1           [pt_us]/4
[foz_us]    1           [gil_us]/4
[fdr_us]    1           [foz_us]/8
[min_us]    1           [fdr_us]/60
[tbs_us]    1           [foz_us]/2
[tsp_us]    1           [tbs_us]/3
[cup_us]    16          [tbs_us]
[foz_m]     30          mL
[cup_m]     240         mL
[tsp_m]     5           mL
[tbs_m]     15          mL
[gr]        64.79891    mg
[lb_av]     7000        [gr]
[oz_av]     1           [lb_av]/16
[dr_av]     1           [oz_av]/16
[ston_av]   2000        [lb_av]
[lton_av]   2240        [lb_av]
[stone_av]  14          [lb_av]
[oz_tr]     480         [gr]
[lb_tr]     12          [oz_tr]
[oz_m]      28          g
[degR]      5           K/9
cal_[15]*   4.18580     J
cal_[20]*   4.18190     J
cal_m*      4.19002     J
cal_IT*     4.1868      J
cal_th*     4.184       J
cal*        1           cal_th
[Cal]       1           kcal_th
[Btu_IT]    1.05505585262 kJ
[Btu_th]    1.054350    kJ
[Btu]       1           [Btu_th]
[HP]        550         [ft_i].[lbf_av]/s
m[H2O]*     9.80665     kPa
m[Hg]*      133.3220    kPa
[in_i'H2O]  1           m[H2O].[in_i]/m
[in_i'Hg]   1           m[Hg].[in_i]/m
[PRU]       1           mm[Hg].s/ml
[wood'U]    1           mm[Hg].min/L
[diop]      1           /m
[Ch]        1           mm/3
[drp]       1           ml/20
[hnsf'U]    1           1
[MET]       3.5         mL/min/kg
g%*         1           g/dl
[S]         1           10*-13.s
[HPF]       1           1
[LPF]       100         1
kat*        1           mol/s
U*          1           umol/min
[IU]*       1           [iU]
Ao          0.1         nm
b           100         fm2
att         1           kgf/cm2
[psi]       1           [lbf_av]/[in_i]2
circ        2           [pi].rad
sph         4           [pi].sr
[car_m]     0.2         g
[NTU]       1           1
[FNU]       1           1
bit*        1           1
By*         8           bit
Bd*         1           /s
"""


def _defined() -> dict[str, tuple[str, str, bool]]:
    table = {}
    for line in _LINES.strip().splitlines():
        code, value, unit = line.split()
        takes_prefix = code.endswith("*") and code != "10*"
        table[code.removesuffix("*") if takes_prefix else code] = (value, unit, takes_prefix)
    return table


DEFINED: Final = _defined()
"""Code to (value, unit, takes a prefix)."""

MEANT: Final[dict[str, str]] = {
    **dict.fromkeys(("dB[HL]", "dBHL", "dB HL"), "dB{HL}"),
    **dict.fromkeys(("dBSPL", "dB SPL"), "dB[SPL]"),
    "mmHg": "mm[Hg]",
    "mmhg": "mm[Hg]",
    "mm Hg": "mm[Hg]",
    "cmH2O": "cm[H2O]",
    "bpm": "/min or {beats}/min",
    "BPM": "/min or {beats}/min",
    "rpm": "/min or {breaths}/min",
    "pm": "/min if it means per minute, pm if it means a picometre",
    "C": "Cel if it means degrees Celsius, C if it means the coulomb",
    "F": "[degF] if it means degrees Fahrenheit, F if it means the farad",
    "°C": "Cel",
    "degC": "Cel",
    "deg C": "Cel",
    "°F": "[degF]",
    "degF": "[degF]",
    "celsius": "Cel",
    "Celsius": "Cel",
    "percent": "%",
    "kpa": "kPa",
    "KPA": "kPa",
    "mg/dl.": "mg/dL",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "inch": "[in_i]",
    "in": "[in_i]",
    "years": "a",
    "year": "a",
    "yr": "a",
    "hours": "h",
    "hr": "h",
    "sec": "s",
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "IU": "[IU]",
    "IU/L": "[IU]/L",
    "mmol/l.": "mmol/L",
    "10^9/L": "10*9/L",
    "1/Mb": "1/1000000{Base} (per megabase)",
    "/Mb": "1/1000000{Base} (per megabase)",
    "mut/Mb": "1/1000000{Base} (per megabase)",
    "x10^9/L": "10*9/L",
    "": "1 if it has no unit",
}
"""What people write, and how UCUM writes it: only ever offered in an error, never applied."""
