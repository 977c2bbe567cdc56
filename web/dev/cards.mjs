// A development fixture: one model card in the API's shape.

import { NEWS2 } from "./tiles.mjs";

const number = (name, title, unit, code, low, high) => ({
  name,
  title,
  kind: "number",
  unit,
  code,
  low,
  high,
  categories: [],
  required: true,
  missing: "refuse: a missing input is never scored as normal",
});

export const NEWS2_CARD = {
  ...NEWS2,
  title: "National Early Warning Score 2",
  intended_use:
    "Adds up seven bedside observations of an adult in acute care to one score of 0 to 20, as a common language for how ill a patient is.",
  not_for: "Children under 16 years, pregnancy, spinal cord injury. Not a substitute for clinical judgement.",
  inputs: [
    number("respiratory_rate", "Respiratory rate", "/min", "loinc:9279-1", 0, 80),
    number("spo2", "Oxygen saturation by pulse oximetry", "%", "loinc:59408-5", 50, 100),
    {
      name: "spo2_scale",
      title: "SpO2 scale",
      kind: "category",
      unit: null,
      code: null,
      low: null,
      high: null,
      categories: ["1", "2"],
      required: false,
      missing: "scale 1",
    },
    {
      name: "supplemental_oxygen",
      title: "Supplemental oxygen",
      kind: "boolean",
      unit: null,
      code: "snomed:371825009",
      low: null,
      high: null,
      categories: [],
      required: true,
      missing: "refuse: air or oxygen must be recorded",
    },
    number("systolic_bp", "Systolic blood pressure", "mm[Hg]", "loinc:8480-6", 30, 300),
    number("heart_rate", "Heart rate", "/min", "loinc:8867-4", 10, 300),
    {
      name: "consciousness",
      title: "Consciousness (ACVPU)",
      kind: "category",
      unit: null,
      code: "loinc:80288-4",
      low: null,
      high: null,
      categories: ["alert", "confusion", "voice", "pain", "unresponsive"],
      required: true,
      missing: "refuse: consciousness must be recorded",
    },
    number("temperature", "Body temperature", "Cel", "loinc:8310-5", 25, 45),
  ],
  outputs: [{ name: "score", title: "NEWS2 total", unit: "{score}", interval: false }],
  citation:
    "Royal College of Physicians. National Early Warning Score (NEWS) 2. Standardising the assessment of acute-illness severity in the NHS. London: RCP, 2017.",
  licence: "Chart © Royal College of Physicians, reproduced with attribution",
  validity: "Adults (16 years and over) in acute care settings.",
  explanation:
    "Points for each parameter, the aggregate-risk band, and whether one parameter alone scored 3.",
  parameters: {
    respiratory_rate: [
      ["<=8", 3],
      ["9-11", 1],
      ["12-20", 0],
      ["21-24", 2],
      [">=25", 3],
    ],
    spo2_scale_1: [
      ["<=91", 3],
      ["92-93", 2],
      ["94-95", 1],
      [">=96", 0],
    ],
  },
  evidence: "AUROC 0.831 for deterioration in 362,926 encounters (Yale, 2024).",
};
