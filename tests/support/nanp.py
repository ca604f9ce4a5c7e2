"""Derives fixtures/inventories/nanp.json from the phonenumbers package's own tables.

The inventory generator must offer numbers that look real: area codes in service, the state or
province they belong to, and exchanges of a place that exists. phonenumbers knows all three, so the
fixture is made from it once and committed; run `python -m tests.support.nanp` after an upgrade.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from phonenumbers import PhoneMetadata
from phonenumbers.geocoder import GEOCODE_DATA

FIXTURE = Path(__file__).parents[2] / "fixtures" / "inventories" / "nanp.json"
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
CENTERS_PER_CODE = 6
EXCHANGES_PER_CENTER = 6
PREMIUM = ("212", "305", "310", "312", "404", "415", "416", "512", "604", "617", "702", "917")

STATES = {
    "US": {
        "al": "Alabama", "ak": "Alaska", "az": "Arizona", "ar": "Arkansas", "ca": "California",
        "co": "Colorado", "ct": "Connecticut", "de": "Delaware", "dc": "Washington D.C.",
        "fl": "Florida", "ga": "Georgia", "hi": "Hawaii", "id": "Idaho", "il": "Illinois",
        "in": "Indiana", "ia": "Iowa", "ks": "Kansas", "ky": "Kentucky", "la": "Louisiana",
        "me": "Maine", "md": "Maryland", "ma": "Massachusetts", "mi": "Michigan",
        "mn": "Minnesota", "ms": "Mississippi", "mo": "Missouri", "mt": "Montana",
        "ne": "Nebraska", "nv": "Nevada", "nh": "New Hampshire", "nj": "New Jersey",
        "nm": "New Mexico", "ny": "New York", "nc": "North Carolina", "nd": "North Dakota",
        "oh": "Ohio", "ok": "Oklahoma", "or": "Oregon", "pa": "Pennsylvania",
        "ri": "Rhode Island", "sc": "South Carolina", "sd": "South Dakota", "tn": "Tennessee",
        "tx": "Texas", "ut": "Utah", "vt": "Vermont", "va": "Virginia",
        "wa": "Washington State", "wv": "West Virginia", "wi": "Wisconsin", "wy": "Wyoming",
    },
    "CA": {
        "ab": "Alberta", "bc": "British Columbia", "mb": "Manitoba", "nb": "New Brunswick",
        "nl": "Newfoundland and Labrador", "ns": "Nova Scotia", "nt": "Northwest Territories",
        "nu": "Nunavut", "on": "Ontario", "pe": "Prince Edward Island", "qc": "Quebec",
        "sk": "Saskatchewan", "yt": "Yukon",
    },
}  # fmt: skip

# Newer codes laid over an older one share its places; the tables know places of the older one only.
OVERLAYS = {
    "220": "740", "223": "717", "227": "301", "235": "573", "236": "604", "249": "705",
    "257": "604", "263": "514", "272": "570", "273": "418", "274": "920", "279": "916",
    "283": "513", "324": "904", "326": "937", "327": "870", "329": "845", "331": "630",
    "339": "781", "341": "510", "343": "613", "346": "281", "350": "209", "351": "978",
    "353": "608", "354": "450", "363": "516", "364": "270", "365": "905", "367": "418",
    "368": "403", "369": "707", "380": "614", "382": "519", "385": "801", "424": "310",
    "428": "506", "430": "903", "431": "204", "437": "416", "442": "760", "447": "217",
    "448": "850", "458": "541", "463": "317", "464": "708", "468": "819", "470": "404",
    "472": "910", "474": "306", "475": "203", "531": "402", "534": "715", "539": "918",
    "548": "519", "551": "201", "557": "314", "564": "206", "567": "419", "572": "405",
    "579": "450", "581": "418", "582": "814", "584": "204", "587": "403", "628": "415",
    "629": "615", "639": "306", "640": "609", "645": "305", "647": "416", "656": "813",
    "657": "714", "667": "410", "669": "408", "672": "604", "680": "315", "681": "304",
    "683": "705", "686": "804", "689": "407", "725": "702", "730": "618", "737": "512",
    "738": "213", "742": "905", "743": "336", "747": "818", "748": "970", "753": "613",
    "754": "954", "771": "202", "762": "706", "782": "902", "820": "805", "821": "864",
    "825": "403",
    "826": "540", "835": "610", "838": "518", "839": "803", "840": "909", "848": "732",
    "854": "843", "873": "819", "878": "412", "879": "709", "917": "212", "929": "718",
    "930": "812", "938": "256", "942": "416", "943": "404", "945": "214", "947": "248",
    "948": "757", "959": "860", "975": "816", "983": "303", "984": "919", "986": "208",
}  # fmt: skip


def codes_in_service(country: str) -> list[str]:
    """Area codes with geographic numbers in one country, by its numbering metadata."""
    metadata = PhoneMetadata.metadata_for_region(country)
    pattern = re.compile(metadata.fixed_line.national_number_pattern)
    samples = ("234", "300", "555", "876", "902")
    return [
        code
        for code in map(str, range(200, 1000))
        if any(pattern.fullmatch(f"{code}{sample}4567") for sample in samples)
    ]


def abbreviated(place: str) -> str:
    """A rate centre's short name: lower case, at most ten letters, vowels dropped when longer."""
    words = re.findall(r"[a-z0-9]+", place.lower())
    if len("".join(words)) > 10:
        words = [word[0] + re.sub("[aeiou]", "", word[1:]) for word in words]
    return "".join(words)[:10]


def places() -> dict[str, dict[tuple[str, str], list[str]]]:
    """Area code -> (place, state) -> exchanges; a code served by one town only has no exchanges."""
    found: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for prefix, names in sorted(GEOCODE_DATA.items()):
        place, comma, state = names.get("en", "").rpartition(", ")
        if not comma or not prefix.startswith("1") or len(prefix) not in (4, 7):
            continue
        exchanges = found[prefix[1:4]][(place, state.lower())]
        if len(prefix) == 7:
            exchanges.append(prefix[4:])
    return found


def state_of(code: str, country: str, centers: dict[tuple[str, str], list[str]]) -> str:
    """The state or province of an area code: by its name in the tables, else by most places."""
    name = GEOCODE_DATA.get(f"1{code}", {}).get("en", "").replace("Colombia", "Columbia")
    for short, state in STATES[country].items():
        if state == name.split("/")[0]:
            return short
    counts = Counter(state for _, state in centers if state in STATES[country])
    return counts.most_common(1)[0][0]


def spread(values: list[str], count: int) -> list[str]:
    """At most `count` of the values, evenly apart, so that they do not all begin alike."""
    if len(values) <= count:
        return values
    return [values[i * len(values) // count] for i in range(count)]


def largest(known: dict[tuple[str, str], list[str]]) -> list[tuple[tuple[str, str], list[str]]]:
    """The centres with most exchanges; of each state at least one, since some codes serve three."""
    ranked = sorted(known.items(), key=lambda item: (-len(item[1]), item[0]))
    heads = [
        next(item for item in ranked if item[0][1] == s) for s in sorted({k[1] for k in known})
    ]
    rest = [item for item in ranked if item not in heads]
    chosen = heads + rest[: max(0, CENTERS_PER_CODE - len(heads))]
    return sorted(chosen, key=ranked.index)


def usable(exchange: str) -> bool:
    return exchange[1:] != "11" and exchange not in ("555", "950", "976")


def area_code(code: str, country: str, table: dict[str, Any]) -> dict[str, Any]:
    parent = OVERLAYS.get(code, code)
    own = table.get(code) or table.get(parent) or {}
    state = state_of(code, country, own)
    known = {k: v for k, v in own.items() if k[1] in STATES[country]}
    ranked = largest(known)
    own_exchanges = code in table
    centers = [
        {
            "name": abbreviated(place),
            "state": center_state,
            "exchanges": spread([e for e in exchanges if usable(e)], EXCHANGES_PER_CENTER)
            if own_exchanges
            else [],
        }
        for (place, center_state), exchanges in ranked
    ]
    if not centers:
        centers = [{"name": abbreviated(STATES[country][state]), "state": state, "exchanges": []}]
    return {
        "code": code,
        "country": country,
        "state": state,
        "price": "premium" if code in PREMIUM else "canada" if country == "CA" else "standard",
        "centers": centers,
    }


def build() -> dict[str, Any]:
    """The whole fixture; prices are this project's own, in nano units of one USD."""
    table = places()
    return {
        "about": "North American numbering plan: area codes in service, states and rate centres,"
        " derived from the tables of the phonenumbers package; prices are invented.",
        "currency": "USD",
        "states": STATES,
        "prices": {
            "standard": {"monthly_cost_nano": 1_250_000_000, "setup_cost_nano": 1_000_000_000},
            "canada": {"monthly_cost_nano": 1_500_000_000, "setup_cost_nano": 1_000_000_000},
            "premium": {"monthly_cost_nano": 1_250_000_000, "setup_cost_nano": 3_990_000_000},
            "toll_free": {"monthly_cost_nano": 1_450_000_000, "setup_cost_nano": 0},
        },
        "area_codes": sorted(
            (
                area_code(code, country, table)
                for country in STATES
                for code in codes_in_service(country)
            ),
            key=lambda entry: entry["code"],
        ),
        "toll_free": list(TOLL_FREE),
    }


def render(fixture: dict[str, Any]) -> str:
    """JSON with one area code a line, so that an upgrade of the tables shows as a readable diff."""
    codes = fixture["area_codes"]
    head = json.dumps({**fixture, "area_codes": []}, indent=1)
    lines = ",\n".join("  " + json.dumps(entry, separators=(",", ":")) for entry in codes)
    return head.replace('"area_codes": []', '"area_codes": [\n' + lines + "\n ]") + "\n"


if __name__ == "__main__":
    FIXTURE.write_text(render(build()), encoding="utf-8")
