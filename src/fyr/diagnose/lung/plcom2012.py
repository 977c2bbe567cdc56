"""PLCOm2012: the six-year risk of lung cancer of a person who smokes or has smoked.

Source: Tammemägi MC, Katki HA, Hocking WG, et al. Selection criteria for lung-cancer screening. N Engl J Med
2013;368:728-736, Table 2 and its first footnote; the coefficients were read in the author manuscript (PMC3929969) and
its supplement, and agree with two public transcriptions. Continuous inputs are centred (age 62, education 4, body mass
index 27, duration 27, years since quitting 10); cigarettes a day enter as (n / 10)^-1 - 0.4021541613.

Two wrong copies go round: one, in R, leaves the centring and the power out; another has -0.734744 where the paper
prints -0.7434744 (Hispanic).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fyr.diagnose.log_odds import probability
from fyr.diagnose.lung.inputs import (
    AGE,
    BODY_MASS_INDEX,
    CIGARETTES_PER_DAY,
    COPD,
    EDUCATION,
    FAMILY_HISTORY,
    PERSONAL_HISTORY,
    RACE,
    SMOKING_DURATION,
    SMOKING_STATUS,
    YEARS_SINCE_QUIT,
    within,
)
from fyr.models import Column, Model, ModelCard, ModelOutput, RowRefusal, looked_up

__all__ = ["PLCOM2012", "Plcom2012"]

_CENTRED: Final = ("age", "education_level", "body_mass_index", "smoking_duration_years", "years_since_quit")

_PARAMETERS: Final[dict[str, Any]] = {
    "constant": -4.532506,
    "age": {"coefficient": 0.0778868, "centre": 62},
    "education_level": {"coefficient": -0.0812744, "centre": 4},
    "body_mass_index": {"coefficient": -0.0274194, "centre": 27},
    "smoking_duration_years": {"coefficient": 0.0317321, "centre": 27},
    "years_since_quit": {"coefficient": -0.0308572, "centre": 10},
    "cigarettes_per_day": {"coefficient": -1.822606, "divisor": 10, "power": -1, "centre": 0.4021541613},
    "copd": 0.3553063,
    "personal_history_cancer": 0.4589971,
    "family_history_lung_cancer": 0.587185,
    "current_smoker": 0.2597431,
    "race_ethnicity": {
        "white": 0.0,
        "black": 0.3944778,
        "hispanic": -0.7434744,
        "asian": -0.466585,
        "american indian or alaskan native": 0.0,
        "native hawaiian or pacific islander": 1.027152,
    },
}


class Plcom2012(Model):
    """PLCOm2012, with race or ethnic group as in the paper.

    Examples
    --------
    >>> person = dict(age=62, education_level=4, body_mass_index=27, copd=False, personal_history_cancer=False,
    ...               family_history_lung_cancer=False, race_ethnicity="white", smoking_status="current",
    ...               cigarettes_per_day=20, smoking_duration_years=40, years_since_quit=0)
    >>> round(PLCOM2012.predict(person).estimates["lung_cancer_risk_6y"].value, 6)
    0.02343
    """

    card = ModelCard(
        name="plcom2012",
        version="2013",
        title="PLCOm2012: six-year risk of lung cancer of current and former smokers",
        intended_use="Selecting persons of 55 to 74 years who smoke or have smoked for screening with low-dose CT.",
        not_for="Never-smokers, persons with symptoms or with lung cancer, and any decision that rests on the number "
        "alone.",
        inputs=(
            within(AGE, 40, 90),
            EDUCATION,
            BODY_MASS_INDEX,
            COPD,
            PERSONAL_HISTORY,
            FAMILY_HISTORY,
            RACE,
            SMOKING_STATUS,
            CIGARETTES_PER_DAY,
            SMOKING_DURATION,
            YEARS_SINCE_QUIT,
        ),
        outputs=(ModelOutput("lung_cancer_risk_6y", "Risk of lung cancer within six years", "1", low=0, high=1),),
        citation="Tammemägi MC, Katki HA, Hocking WG, et al. Selection criteria for lung-cancer screening. N Engl J "
        "Med 2013;368:728-736.",
        licence="A published formula.",
        validity="Developed in 36,286 persons of 55 to 74 years who had ever smoked; outside these ages it "
        "extrapolates, and the accepted 40 to 90 years are Fyr's limit of plausibility. A risk of 0.0135 selected as "
        "many persons of the trial as the NLST criteria did. No interval: the covariance was not published.",
        explanation="The contribution of each input to the log-odds, beside the constant.",
        evidence="Area under the curve 0.797 (0.782-0.813) in the validation group (Tammemägi 2013).",
        parameters=_PARAMETERS,
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse never-smokers, and what contradicts itself."""
        status, quit_years = columns["smoking_status"], columns["years_since_quit"]
        yield RowRefusal(
            status == "never", "the model is for persons who smoke or have smoked, not for never", ("smoking_status",)
        )
        yield RowRefusal(
            (status == "current") & (quit_years > 0),
            "who smokes now has not quit: years_since_quit must be 0",
            ("smoking_status", "years_since_quit"),
        )
        yield RowRefusal(
            columns["smoking_duration_years"] + quit_years > columns["age"],
            "the years of smoking and the years since then are more than the age",
            ("age", "smoking_duration_years", "years_since_quit"),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the risk."""
        log_odds = self.card.parameters["constant"] + sum(self.contributions(columns).values())
        return {"lung_cancer_risk_6y": probability(log_odds)}

    def contributions(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        """Return what each input adds to the log-odds."""
        numbers = self.card.parameters
        cigarettes = numbers["cigarettes_per_day"]
        found = {name: numbers[name]["coefficient"] * (columns[name] - numbers[name]["centre"]) for name in _CENTRED}
        for name in ("copd", "personal_history_cancer", "family_history_lung_cancer"):
            found[name] = numbers[name] * columns[name]
        found["race_ethnicity"] = looked_up(columns["race_ethnicity"], numbers["race_ethnicity"])
        found["smoking_status"] = numbers["current_smoker"] * (columns["smoking_status"] == "current")
        found["cigarettes_per_day"] = cigarettes["coefficient"] * (
            cigarettes["divisor"] / columns["cigarettes_per_day"] - cigarettes["centre"]
        )
        return found

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions to the log-odds."""
        return {"log_odds": self.contributions(columns), "constant": self.card.parameters["constant"]}


PLCOM2012: Final = Plcom2012()
