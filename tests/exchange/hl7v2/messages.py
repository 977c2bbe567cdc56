"""Messages that the tests send."""

from __future__ import annotations

HEADER = "MSH|^~\\&|MON|ICU|FYR|RH|20261126101500+0100||ORU^R01^ORU_R01|{control}|P|2.6|||{acks}||UNICODE UTF-8"
PID = "PID|1||P1^^^RH^MR||Sørensen^Åse"
PV1 = "PV1|1|I|W1^R2^B3"
OBR = "OBR|1|||182777000^monitoring of patient^SCT|||20261126101500+0100"
PULSE = "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|72|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F|||20261126101501+0100"


def message(*segments: str, control: str = "1", acks: str = "|", codec: str = "utf-8") -> bytes:
    header = HEADER.format(control=control, acks=acks)
    return ("\r".join((header, *segments)) + "\r").encode(codec)


def oru(*observations: str, control: str = "1") -> bytes:
    return message(PID, PV1, OBR, *observations, control=control)


def obx(code="147842^MDC_ECG_HEART_RATE^MDC", value="72", unit="264864^^MDC", status="F", time="", kind="NM") -> str:
    return f"OBX|1|{kind}|{code}|1|{value}|{unit}|||||{status}|||{time}"
