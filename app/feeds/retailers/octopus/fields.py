"""What the owner enters to connect Octopus. No key is needed: prices are public."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.feeds.retailers.octopus.families import EXPORTS, IMPORTS, Family
from app.feeds.retailers.octopus.regions import REGIONS, region_letter

Product = Literal["agile", "go", "intelligent_go", "flux", "intelligent_flux", "tracker", "cosy", "custom"]
ExportProduct = Literal["none", "agile_outgoing", "outgoing", "outgoing_prime", "flux", "intelligent_flux", "custom"]
PaymentMethod = Literal["direct_debit", "non_direct_debit"]

_TARIFF_CODE = re.compile(r"E-(?P<registers>\d)R-(?P<product>[A-Z0-9-]+)-(?P<region>[A-P])")
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?([0-9][A-Z]{2})?")
_EXPORT_WORDS = re.compile(r"OUTGOING|EXPORT")
_CODE = r"^[A-Z0-9-]*$"


class OctopusFields(BaseModel):
    """One home's import and export products at Octopus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: Product = Field(
        title="Product",
        description="What you buy electricity on. Intelligent Go counts as cheap from 23:30 to 05:30 only: extra cheap times that Octopus "
        "gives your car may be taken back, so PowerSync never relies on them. Custom is any other product, by its code.",
    )
    region: str = Field(
        default="",
        title="Region",
        description=f"A letter: {', '.join(f'{letter} {name}' for letter, name in REGIONS.items())}. Your tariff code ends with it.",
        max_length=3,
    )
    postcode: str = Field(
        default="",
        title="Postcode",
        description="Only where you do not know the letter: Octopus is asked for the region of your postcode.",
        max_length=10,
    )
    product_code: str = Field(
        default="",
        title="Version",
        description="Left empty, the version that new customers get now. If you signed up earlier, enter the code on your bill, such as "
        "AGILE-24-10-01: versions differ in price.",
        pattern=_CODE,
        max_length=60,
    )
    export_product: ExportProduct = Field(
        default="none",
        title="Export product",
        description="What Octopus pays for what you send to the grid. None: nothing is paid.",
    )
    export_product_code: str = Field(
        default="",
        title="Export version",
        description="Left empty, the version that new customers get now. Needed with Custom.",
        pattern=_CODE,
        max_length=60,
    )
    export_fixed_c: float | None = Field(
        default=None,
        title="Export rate by hand",
        description="Where somebody else pays for your export, or Octopus at a rate that it does not list, such as SEG. "
        "Only with export product None.",
        ge=0.0,
        le=200.0,
        json_schema_extra={"unit": "p/kWh"},
    )
    payment_method: PaymentMethod = Field(
        default="direct_debit",
        title="Way of paying",
        description="Some products cost more without direct debit.",
    )
    include_vat: bool = Field(
        default=True,
        title="Prices with VAT",
        description="What a household pays. Export is always counted as Octopus pays it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_tariff_codes(cls, values: Any) -> Any:
        """A tariff code (E-1R-AGILE-24-10-01-C) holds the product code and the region: both are taken from it."""
        if not isinstance(values, Mapping):
            return values
        taken = dict(values)
        for name in ("product_code", "export_product_code"):
            code = taken.get(name)
            if not isinstance(code, str):
                continue
            taken[name] = code = code.strip().upper()
            found = _TARIFF_CODE.fullmatch(code)
            if found is None:
                continue
            if found["registers"] != "1":
                raise ValueError(
                    f"{code} has a day and a night register; when the night rate holds depends on the meter, and Octopus does not tell it: "
                    "enter its hours and prices as a plan of your own instead"
                )
            taken[name] = found["product"]
            if not (taken.get("region") or taken.get("postcode")):
                taken["region"] = found["region"]
            elif taken.get("region") and region_letter(str(taken["region"])) != found["region"]:
                raise ValueError(f"{code} is a tariff of region {found['region']}, not of {taken['region']}")
        return taken

    @field_validator("region", mode="before")
    @classmethod
    def _as_a_letter(cls, value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            return "" if isinstance(value, str) else value
        letter = region_letter(value)
        if letter is None:
            raise ValueError("a region is one of the letters A to P; there is no I and no O")
        return letter

    @field_validator("postcode", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        text = " ".join(value.upper().split())
        if text and not _POSTCODE.fullmatch(text):
            raise ValueError("a postcode looks like SW1A 1AA")
        return text

    @field_validator("payment_method", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        """Octopus writes DIRECT_DEBIT."""
        return value.strip().lower() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if not self.region and not self.postcode:
            raise ValueError("the region is needed, or the postcode to find it by")
        _check_code("version", self.product, self.product_code, IMPORTS)
        if _EXPORT_WORDS.search(self.product_code):
            raise ValueError(f"{self.product_code} is an export product; it belongs to the export version")
        export = self.export_product
        if export == "none" and self.export_product_code:
            raise ValueError("an export version needs its export product")
        if export != "none":
            _check_code("export version", export, self.export_product_code, EXPORTS)
        if export != "none" and self.export_fixed_c is not None:
            raise ValueError("an export rate by hand needs export product None: only one of the two is paid")
        if export == "intelligent_flux" and self.product != "intelligent_flux":
            raise ValueError("the export of Intelligent Flux comes only with the product Intelligent Flux")
        return self


def _check_code(name: str, product: str, code: str, families: Mapping[str, Family]) -> None:
    if product == "custom" and not code:
        raise ValueError(f"with Custom the {name} is needed: the code on your bill")
    if code and product in families and not code.startswith(families[product].prefixes):
        raise ValueError(f"{code} is no version of this product; choose Custom for it")
