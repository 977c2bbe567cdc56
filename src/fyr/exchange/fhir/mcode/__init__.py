"""mCODE (minimal Common Oncology Data Elements) on FHIR R4: sets of CSV files and bundles in, bundles out.

Sources: HL7 FHIR US mCODE Implementation Guide, STU 4 (http://hl7.org/fhir/us/mcode); HL7 Genomics Reporting, STU 3
(http://hl7.org/fhir/uv/genomics-reporting).
"""
