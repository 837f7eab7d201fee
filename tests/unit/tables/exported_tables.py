"""Twenty CSV files, byte for byte as programs write them, and what their columns are."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exported:
    """A file, and of each metadata column its type and its values."""

    content: bytes
    columns: dict[str, tuple[str, list[Any]]]
    text: str = "name"
    options: dict[str, Any] = field(default_factory=dict)


def _lines(*lines: str, end: str = "\r\n") -> str:
    return "".join(line + end for line in lines)


NNBSP, NBSP = "\u202f", "\u00a0"

FILES: dict[str, Exported] = {
    "excel_german": Exported(
        _lines(
            "name;Preis;Datum;PLZ", "Tür;1.234,56;31.01.2026;01067", "Öl;5;1.2.2026;80331"
        ).encode("cp1252"),
        {
            "Preis": ("number", [1234.56, 5]),
            "Datum": ("time", ["2026-01-31", "2026-02-01"]),
            "PLZ": ("text", ["01067", "80331"]),
        },
    ),
    "excel_german_utf8": Exported(
        b"\xef\xbb\xbf" + _lines("name;aktiv;Größe", "Tür;WAHR;1,5", "Öl;FALSCH;").encode(),
        {"aktiv": ("boolean", [True, False]), "Groesse": ("number", [1.5, None])},
    ),
    "excel_french": Exported(
        _lines("name;prix;en stock", f"Thé;1{NBSP}234,56;VRAI", "Café;3,5;FAUX").encode("cp1252"),
        {"prix": ("number", [1234.56, 3.5]), "en_stock": ("boolean", [True, False])},
    ),
    "excel_french_narrow_spaces": Exported(
        b"\xef\xbb\xbf"
        + _lines(
            "name;prix;date", f"Thé;1{NNBSP}234,56 €;03/02/2026", "Café;3,50 €;25/12/2025"
        ).encode(),
        {
            "prix": ("number", [1234.56, 3.5]),
            "date": ("time", ["2026-02-03", "2025-12-25"]),
        },
    ),
    "excel_american": Exported(
        _lines(
            "name,price,sold,ok", 'Door,"1,234.56",1/31/2026,TRUE', "Oil,5,2/1/2026,FALSE"
        ).encode(),
        {
            "price": ("number", [1234.56, 5]),
            "sold": ("time", ["2026-01-31", "2026-02-01"]),
            "ok": ("boolean", [True, False]),
        },
    ),
    "excel_ambiguous_dates": Exported(
        _lines("name,sold", "Door,1/2/2026", "Oil,3/4/2026").encode(),
        {"sold": ("text", ["1/2/2026", "3/4/2026"])},
    ),
    "excel_unicode_text": Exported(
        _lines("name\tPreis\tEAN", "Tür\t12,5\t4006381333931", "Öl\t0,25\t4012345678901").encode(
            "utf-16"
        ),
        {
            "Preis": ("number", [12.5, 0.25]),
            "EAN": ("text", ["4006381333931", "4012345678901"]),
        },
    ),
    "excel_with_sep_line": Exported(
        _lines("sep=;", "name;n", "a, b;1", "c;2").encode(),
        {"n": ("number", [1, 2])},
    ),
    "excel_long_ids": Exported(
        _lines("name,order", "Door,1.23E+15", "Oil,4.5E+12").encode(),
        {"order": ("text", ["1.23E+15", "4.5E+12"])},
    ),
    "excel_macintosh": Exported(
        _lines("name;Preis", "Tür;1,5", "Größe;2,5", end="\r").encode("mac_roman"),
        {"Preis": ("number", [1.5, 2.5])},
    ),
    "excel_empty_rows_and_columns": Exported(
        _lines("name;n;;", "a;1;;", "b;;;", ";;;", ";;;", "").encode(),
        {"n": ("number", [1, None])},
    ),
    "libreoffice_quoted": Exported(
        _lines(
            '"name","phone","note"',
            '"a","+49 30 123456","two\nlines"',
            '"b","0170 123","x ""y"""',
            end="\n",
        ).encode(),
        {
            "phone": ("text", ["+49 30 123456", "0170 123"]),
            "note": ("text", ["two\nlines", 'x "y"']),
        },
    ),
    "libreoffice_percent": Exported(
        _lines("name;Anteil;ja?", "a;12,5 %;ja", "b;7 %;nein", end="\n").encode(),
        {"Anteil": ("number", [12.5, 7]), "ja": ("boolean", [True, False])},
    ),
    "shopify_products": Exported(
        _lines(
            "Handle,Title,Body (HTML),Published,Variant SKU,Variant Price,Variant Barcode",
            'mug,Mug,"<p>A mug, red</p>",true,M-1,12.00,',
            "pot,Pot,<p>A pot</p>,false,M-2,1234.50,4006381333931",
            end="\n",
        ).encode(),
        {
            "Handle": ("text", ["mug", "pot"]),
            "Published": ("boolean", [True, False]),
            "Variant_Price": ("number", [12.0, 1234.5]),
            "Variant_Barcode": ("text", [None, "4006381333931"]),
        },
        text="Title",
    ),
    "shopify_orders": Exported(
        _lines(
            "Name,Created at,Total,Accepts Marketing,Billing Zip",
            "#1001,2026-01-31 12:34:56 -0500,12.00,yes,'10115",
            "#1002,2026-02-01 01:02:03 -0500,7.10,no,'02139",
            end="\n",
        ).encode(),
        {
            "Created_at": ("time", ["2026-01-31T17:34:56Z", "2026-02-01T06:02:03Z"]),
            "Total": ("number", [12.0, 7.1]),
            "Accepts_Marketing": ("boolean", [True, False]),
            "Billing_Zip": ("text", ["'10115", "'02139"]),
        },
        text="Name",
    ),
    "mysql_outfile": Exported(
        _lines("name\tprice\tnote", "a\t1.50\t\\N", "b\t\\N\tx\\\ty", end="\n").encode(),
        {"price": ("number", [1.5, None]), "note": ("text", [None, "x\ty"])},
    ),
    "mysql_workbench": Exported(
        _lines("name,qty,seen", "a,1,2026-01-31 12:00:00", "b,NULL,NULL", end="\n").encode(),
        {"qty": ("number", [1, None]), "seen": ("time", ["2026-01-31T12:00:00Z", None])},
    ),
    "mysql_backslashes": Exported(
        _lines('"name","size"', r'"Mug \"Oslo\" blue","3"', '"b","4"', end="\n").encode(),
        {"size": ("number", [3, 4])},
    ),
    "pandas_with_index": Exported(
        _lines(
            ",name,w,ok,at", "0,a,1.234,True,2026-01-31", "1,b,,False,2026-02-01", end="\n"
        ).encode(),
        {
            "column_1": ("number", [0, 1]),
            "w": ("number", [1.234, None]),
            "ok": ("boolean", [True, False]),
            "at": ("time", ["2026-01-31", "2026-02-01"]),
        },
    ),
    "pandas_nan_and_exponents": Exported(
        _lines(
            "name,x,id,y", "a,1e-05,007,NaN", "b,1.5e+20,008,n/a", "c,nan,010,", end="\n"
        ).encode(),
        {
            "x": ("number", [1e-05, 1.5e20, None]),
            "id": ("text", ["007", "008", "010"]),
            "y": ("text", [None, None, None]),
        },
    ),
}
