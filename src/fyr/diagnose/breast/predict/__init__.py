"""PREDICT Breast, four versions side by side: 2.2, 3.0, 3.1 and 3.2.

The mathematics is that of the authors' own programs in R, published by the Winton Centre, University of Cambridge,
under the MIT licence (``benefits22``, ``benefits30``, ``benefits31``, ``benefits32``; package predictv30r 0.3.2); no
line of them is here. On 2,000 random patients, among them unknowns, half a node, ages 25 and 85, 500 mm and 100 nodes,
survival, deaths and benefits are theirs to 2e-13 points in every version, but for the faults of theirs that are named
below. Papers: Candido dos Reis FJ, Wishart GC, Dicks EM, et al. Breast Cancer Res 2017;19:58
(version 2); Grootes I, Wishart GC, Pharoah PDP. npj Breast Cancer 2024;10:46 (version 3).

What differs, beside the coefficients:

- 2.2 knows neither radiotherapy nor smoking nor the progesterone receptor.
- An unknown grade of an ER-negative tumour counts as grade 1 in 2.2 and as grade 2 or 3 in 3.0.
- In 3.0 the other mortality of a planned chemotherapy and of a planned radiotherapy is in every estimate, that of
surgery alone too; in 3.1 and 3.2 it comes with the treatment.
- In 3.1 and 3.2 the heart dose adds to other mortality whenever it is given, also where no radiotherapy is planned.
- All of version 3 fixes the year of diagnosis at 2017.
- Ten instead of five years of hormone therapy: ``benefits22`` gives the gain to women without hormone therapy and to
ER-negative disease as well (up to 3.3 points), and ``benefits30`` to nobody, since R's ``ifelse`` keeps the first year
alone. Here it is for women on hormone therapy with ER-positive disease, as 3.1 and 3.2 have it; for them
``benefits22`` agrees, and ``benefits30`` does once that line is mended.
- ``benefits22`` divides the deaths between the causes wrongly for all but two combinations of treatments (survival is
  not touched by it); here they are divided in every one.
"""

from fyr.diagnose.breast.predict.model import PREDICT_22, PREDICT_30, PREDICT_31, PREDICT_32, Predict

__all__ = ["PREDICT_22", "PREDICT_30", "PREDICT_31", "PREDICT_32", "Predict"]
