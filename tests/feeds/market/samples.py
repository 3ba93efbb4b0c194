"""Extracts of AEMO's reports as the reference has them, and files made of such rows."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 20, 7, 55, 40, tzinfo=UTC)  # 17:55:40 market time: the interval labelled 18:00 is running

DISPATCHIS = """C,NEMP.WORLD,DISPATCHIS,AEMO,PUBLIC,2026/11/20,17:55:09,0000000540012345,DISPATCHIS,0000000540012344
I,DISPATCH,PRICE,5,SETTLEMENTDATE,RUNNO,REGIONID,DISPATCHINTERVAL,INTERVENTION,RRP,EEP,ROP,APCFLAG,MARKETSUSPENDEDFLAG,LASTCHANGED
D,DISPATCH,PRICE,5,"2026/11/20 18:00:00",1,NSW1,20261120168,0,131.07,0,131.07,0,0,"2026/11/20 17:55:04"
D,DISPATCH,PRICE,5,"2026/11/20 18:00:00",1,QLD1,20261120168,0,118.42,0,118.42,0,0,"2026/11/20 17:55:04"
D,DISPATCH,PRICE,5,"2026/11/20 18:00:00",1,SA1,20261120168,0,-38.15,0,-38.15,0,0,"2026/11/20 17:55:04"
C,"END OF REPORT",6
"""
P5MIN_ROWS = """I,P5MIN,REGIONSOLUTION,10,RUN_DATETIME,INTERVENTION,INTERVAL_DATETIME,REGIONID,RRP,ROP,EXCESSGENERATION
D,P5MIN,REGIONSOLUTION,10,"2026/11/20 18:00:00",0,"2026/11/20 18:00:00",QLD1,118.42,118.42,0
D,P5MIN,REGIONSOLUTION,10,"2026/11/20 18:00:00",0,"2026/11/20 18:05:00",QLD1,124.90,124.90,0"""
PREDISPATCHIS_ROWS = """I,PREDISPATCH,REGION_PRICES,2,PREDISPATCHSEQNO,RUNNO,REGIONID,PERIODID,INTERVENTION,RRP,EEP,LASTCHANGED,DATETIME
D,PREDISPATCH,REGION_PRICES,2,2026112029,1,QLD1,01,0,132.6,0,"2026/11/20 18:01:52","2026/11/20 18:30:00"
D,PREDISPATCH,REGION_PRICES,2,2026112029,1,QLD1,02,0,210.4,0,"2026/11/20 18:01:52","2026/11/20 19:00:00\""""
LEGACY_ROWS = """I,PDREGION,,5,PREDISPATCHSEQNO,RUNNO,REGIONID,PERIODID,RRP,EEP,TOTALDEMAND
D,PDREGION,,5,"2026/11/20 18:30:00",1,QLD1,"2026/11/20 18:30:00",132.6,0,7411.9
D,PDREGION,,5,"2026/11/20 18:30:00",1,QLD1,"2026/11/20 19:00:00",210.4,0,7502.2"""
SUMMARY: dict[str, Any] = {
    "ELEC_NEM_SUMMARY": [
        {
            "SETTLEMENTDATE": "2026-11-20T18:00:00",
            "REGIONID": "QLD1",
            "PRICE": 118.42,
            "PRICE_STATUS": "FIRM",
            "APCFLAG": 0.0,
            "MARKETSUSPENDEDFLAG": 0.0,
            "TOTALDEMAND": 7411.9,
            "NETINTERCHANGE": -312.4,
            "SCHEDULEDGENERATION": 6120.3,
            "SEMISCHEDULEDGENERATION": 979.2,
            "INTERCONNECTORFLOWS": '[{"name":"NSW1-QLD1","value":-290.1,"exportlimit":550.0,"importlimit":-1100.0}]',
        }
    ],
    "ELEC_NEM_SUMMARY_PRICES": [
        {
            "REGIONID": "QLD1",
            "RRP": 118.42,
            "RAISEREGRRP": 4.97,
            "LOWERREGRRP": 3.10,
            "RAISE1SECRRP": 0.01,
            "RAISE6SECRRP": 0.39,
            "RAISE60SECRRP": 0.39,
            "RAISE5MINRRP": 0.01,
            "LOWER1SECRRP": 0.0,
            "LOWER6SECRRP": 0.5,
            "LOWER60SECRRP": 0.9,
            "LOWER5MINRRP": 0.3,
        }
    ],
    "ELEC_NEM_SUMMARY_MARKET_NOTICE": [
        {
            "NOTICEID": 140958.0,
            "EFFECTIVEDATE": "2026-11-20T17:31:48",
            "EXTERNALREFERENCE": "text",
            "TYPEID": "RESERVE NOTICE",
            "REASON": "text",
        }
    ],
}


def at(text: str) -> datetime:
    """ "18:00" of Friday 20 November 2026, market time, in UTC; or a whole instant of market time."""
    whole = text if "T" in text else f"2026-11-20T{text}"
    return datetime.fromisoformat(whole + "+10:00").astimezone(UTC)


def report(rows: str) -> str:
    """A whole file around the rows of a table."""
    lines = ["C,NEMP.WORLD,A,AEMO,PUBLIC,2026/11/20,17:55:09,0000000540012345,A,0000000540012344", *rows.strip().splitlines()]
    return "\r\n".join([*lines, f'C,"END OF REPORT",{len(lines) + 1}']) + "\r\n"


def zipped(text: str | bytes, name: str = "PUBLIC_A.CSV", how: int = zipfile.ZIP_DEFLATED, **others: str) -> bytes:
    """A zip with `text` as `name`, and with `others` by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        archive.writestr(name, text)
        for other, content in others.items():
            archive.writestr(other, content)
    return buffer.getvalue()
