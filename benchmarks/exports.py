"""Exports of one made-up company as its systems would write them: billing, Salesforce, in German, in Spanish.

    uv run python benchmarks/exports.py billing|salesforce|german|spanish FOLDER [--accounts 900] [--seed 11]

The company is the same in all of them; names, times and what tells of an end differ. Columns that know the future are
there as they would be: a status, a reason, totals as of today, what is written over. Used by newcomer.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from exported_company import DAYS, START, Company, company


def _moments(days: pd.Series) -> pd.Series:
    return pd.Series(pd.Timestamp(START) + pd.to_timedelta(days.to_numpy(dtype=float), unit="D")).dt.floor("s")


def _written(days: pd.Series, pattern: str) -> pd.Series:
    return _moments(days).dt.strftime(pattern)


def _epochs(days: pd.Series, unit: int = 1) -> pd.Series:
    """Seconds since 1970, or, with a unit of 1,000, milliseconds; empty where there is no day."""
    return ((_moments(days) - pd.Timestamp(0)).dt.total_seconds() * unit).round().astype("Int64")


def _today(days: pd.Series, limit: float = DAYS - 1) -> pd.Series:
    """The days that have come; what lies ahead is not written yet."""
    return days.where(days <= limit)


def billing(made: Company) -> dict[str, pd.DataFrame]:
    """Stripe's customers, subscriptions, invoices and charges, Zendesk's tickets, Segment's tracks; epochs and ISO."""
    one = made.accounts
    key = {number: f"cus_{number * 7919 + 1_000_003:x}" for number in one["number"]}
    told = one["ends"].fillna(DAYS)
    customers = pd.DataFrame(
        {
            "id": one["number"].map(key),
            "object": "customer",
            "name": [f"Company {number}" for number in one["number"]],
            "email": [f"billing@company{number}.example" for number in one["number"]],
            "created": _epochs(one["begins"]),
            "currency": "usd",
            "delinquent": one["ends"].notna() & (one["number"] % 3 == 0),
            "metadata_industry": one["industry"],
            "address_country": one["country"],
            "last_login": _epochs(told - 1, 1_000),
            "lifetime_value": ((told - one["begins"]) * one["seats"] * one["price"] / 30).round(2),
            "livemode": True,
        }
    )
    subscriptions = pd.DataFrame(
        {
            "id": [f"sub_{number * 104_729:x}" for number in one["number"]],
            "customer": one["number"].map(key),
            "status": np.where(one["ends"].notna(), "canceled", "active"),
            "created": _epochs(one["begins"]),
            "start_date": _epochs(one["begins"]),
            "current_period_start": _epochs(told - 20),
            "current_period_end": _epochs(told + 10),
            "canceled_at": _epochs(one["ends"]),
            "ended_at": _epochs(one["ends"]),
            "cancellation_details_reason": one["told"],
            "plan_amount": (one["price"] * 100).astype(int),
            "quantity": one["seats"],
            "plan_interval": "month",
        }
    )
    bills = made.invoices
    invoices = pd.DataFrame(
        {
            "id": [f"in_{row:07d}" for row in range(len(bills))],
            "customer": bills["number"].map(key),
            "created": _epochs(bills["day"]),
            "due_date": _epochs(bills["day"] + 10),
            "status_transitions_paid_at": _epochs(_today(bills["paid"])),
            "status": np.where(bills["paid"] < DAYS, "paid", "open"),
            "amount_due": (bills["amount"] * 100).astype(int),
            "amount_paid": (bills["amount"] * 100).where(bills["paid"] < DAYS, 0).astype(int),
            "attempt_count": 1 + (bills["paid"] - bills["day"] > 16).astype(int),
        }
    )
    paid = bills[bills["paid"] < DAYS]
    charges = pd.DataFrame(
        {
            "id": [f"ch_{row:07d}" for row in range(len(paid))],
            "customer": paid["number"].map(key).to_numpy(),
            "created": _epochs(paid["paid"]),
            "amount": (paid["amount"] * 100).astype(int).to_numpy(),
            "refunded": (paid.index.to_numpy() % 97 == 0),
        }
    )
    asked = made.tickets
    tickets = pd.DataFrame(
        {
            "id": np.arange(len(asked)) + 10_000,
            "organization_external_id": asked["number"].map(key),
            "created_at": _written(asked["day"], "%Y-%m-%dT%H:%M:%SZ"),
            "updated_at": _written(asked["day"] + asked["hours"] / 24 + 4, "%Y-%m-%dT%H:%M:%SZ"),
            "solved_at": _written(asked["day"] + asked["hours"] / 24, "%Y-%m-%dT%H:%M:%SZ"),
            "priority": np.where(asked["severe"], "urgent", "normal"),
            "status": np.where(asked["day"] + asked["hours"] / 24 < DAYS, "closed", "open"),
            "satisfaction_rating": np.where(asked["severe"], "bad", "good"),
        }
    )
    used = made.usage
    tracks = pd.DataFrame(
        {
            "message_id": [f"ajs-{row:x}" for row in range(len(used))],
            "context_group_id": used["number"].map(key),
            "user_id": used["number"].astype(str) + "-" + used["user"].astype(str),
            "event": used["kind"],
            "timestamp": _written(used["day"], "%Y-%m-%dT%H:%M:%S.000Z"),
            "received_at": _written(used["day"] + 0.001, "%Y-%m-%dT%H:%M:%S.000Z"),
        }
    )
    return {
        "customers": customers,
        "subscriptions": subscriptions,
        "invoices": invoices,
        "charges": charges,
        "tickets": tickets,
        "tracks": tracks,
    }


def salesforce(made: Company) -> dict[str, pd.DataFrame]:
    """Account, Contract, Opportunity, Case and Task, ISO with a zone; an end is a contract without another."""
    one, zone = made.accounts, "%Y-%m-%dT%H:%M:%S.000+0000"
    key = {number: f"001{number * 7919 + 3_000_017:012X}AAA" for number in one["number"]}
    ends = one["ends"].fillna(DAYS)
    account = pd.DataFrame(
        {
            "Id": one["number"].map(key),
            "Name": [f"Company {number}" for number in one["number"]],
            "Industry": one["industry"],
            "BillingCountry": one["country"],
            "Type": np.where(one["ends"].notna(), "Former Customer", "Customer - Direct"),
            "Rating": np.where(one["ends"].notna(), "Cold", np.where(one["seats"] > 20, "Hot", "Warm")),
            "OwnerId": one["owner"].map(lambda name: f"005{ord(name[0]):015d}"),
            "NumberOfEmployees": one["seats"] * 11,
            "Lifetime_Value__c": ((ends - one["begins"]) * one["seats"] * one["price"] / 30).round(2),
            "Churn_Reason__c": one["told"],
            "CreatedDate": _written(one["begins"], zone),
            "LastModifiedDate": _written(ends - 0.5, zone),
            "LastActivityDate": _written(ends - 1, "%Y-%m-%d"),
            "IsDeleted": "false",
        }
    )
    contract, opportunity = _terms(one, key, zone)
    asked = made.tickets
    case = pd.DataFrame(
        {
            "Id": [f"500{row:015d}" for row in range(len(asked))],
            "AccountId": asked["number"].map(key),
            "CreatedDate": _written(asked["day"], zone),
            "ClosedDate": _written(_today(asked["day"] + asked["hours"] / 24), zone),
            "Priority": np.where(asked["severe"], "High", "Medium"),
            "Status": np.where(asked["day"] + asked["hours"] / 24 < DAYS, "Closed", "New"),
            "Origin": np.where(asked.index.to_numpy() % 3, "Email", "Phone"),
            "IsEscalated": asked["severe"] & (asked["hours"] > 60),
        }
    )
    used = made.usage[made.usage.index % 2 == 0]
    task = pd.DataFrame(
        {
            "Id": [f"00T{row:015d}" for row in range(len(used))],
            "AccountId": used["number"].map(key).to_numpy(),
            "WhoId": ("003" + used["number"].astype(str) + "U" + used["user"].astype(str)).to_numpy(),
            "ActivityDate": _written(used["day"], "%Y-%m-%d"),
            "CreatedDate": _written(used["day"], zone),
            "Subject": used["kind"].to_numpy(),
            "Status": "Completed",
        }
    )
    return {"Account": account, "Contract": contract, "Opportunity": opportunity, "Case": case, "Task": task}


def _terms(one: pd.DataFrame, key: dict[int, str], zone: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Half-year contracts and the opportunities that renewed them: a lost one closes as the last contract ends."""
    contracts, chances = [], []
    for each in one.itertuples():
        stop = DAYS if np.isnan(each.ends) else each.ends
        for first in np.arange(each.begins, max(stop, each.begins + 1), 182):
            last, alive = first + 181, first + 182 < stop
            if first >= DAYS:
                break
            over = last < DAYS
            status = "Activated" if not over else "Expired"
            amount = each.seats * each.price * 6
            contracts.append((key[each.number], first, last, "6", status, amount, min(last, DAYS - 1)))
            if over:
                stage = "Closed Won" if alive else "Closed Lost"
                chances.append((key[each.number], last - 60, last, stage, amount, alive))
    frame = pd.DataFrame(contracts, columns=["AccountId", "first", "last", "ContractTerm", "Status", "Amount", "seen"])
    contract = pd.DataFrame(
        {
            "Id": [f"800{row:015d}" for row in range(len(frame))],
            "AccountId": frame["AccountId"],
            "StartDate": _written(frame["first"], "%Y-%m-%d"),
            "EndDate": _written(frame["last"], "%Y-%m-%d"),
            "ContractTerm": frame["ContractTerm"],
            "Status": frame["Status"],
            "Annual_Value__c": frame["Amount"] * 2,
            "LastModifiedDate": _written(frame["seen"], zone),
        }
    )
    rows = pd.DataFrame(chances, columns=["AccountId", "made", "closes", "StageName", "Amount", "IsWon"])
    opportunity = pd.DataFrame(
        {
            "Id": [f"006{row:015d}" for row in range(len(rows))],
            "AccountId": rows["AccountId"],
            "CreatedDate": _written(rows["made"], zone),
            "CloseDate": _written(rows["closes"], "%Y-%m-%d"),
            "StageName": rows["StageName"],
            "Amount": rows["Amount"],
            "IsWon": rows["IsWon"],
            "Type": "Renewal",
        }
    )
    return contract, opportunity


def german(made: Company) -> dict[str, pd.DataFrame]:
    """Kunden, Nutzung, Supportfaelle, Rechnungen and a Statusverlauf; dd.mm.yyyy, decimal commas, semicolons."""
    one, day = made.accounts, "%d.%m.%Y"
    key = {number: f"K-{number * 37 + 10_007:06d}" for number in one["number"]}
    ends = one["ends"].fillna(DAYS)
    kunden = pd.DataFrame(
        {
            "Kundennummer": one["number"].map(key),
            "Firma": [f"Beispiel {number} GmbH" for number in one["number"]],
            "Branche": one["industry"],
            "Kundenbetreuer": one["owner"],
            "Kunde_seit": _written(one["begins"], day),
            "Status": np.where(one["ends"].notna(), "gekündigt", "aktiv"),
            "Kündigungsgrund": one["told"],
            "Letzter_Login": _written(ends - 1, day),
            "Umsatz_gesamt": ((ends - one["begins"]) * one["seats"] * one["price"] / 30).round(2),
        }
    )
    left = one[one["ends"].notna()]
    verlauf = pd.concat(
        [
            pd.DataFrame({"number": one["number"], "Status": "aktiv", "from": one["begins"], "to": one["ends"]}),
            pd.DataFrame({"number": left["number"], "Status": "gekündigt", "from": left["ends"], "to": np.nan}),
        ],
        ignore_index=True,
    )
    used = made.usage.groupby(["number", made.usage["day"].astype(int)])
    nutzung = used.agg(Benutzer=("user", "nunique"), Aktionen=("user", "size")).reset_index()
    asked, bills = made.tickets, made.invoices
    return {
        "Kunden": kunden,
        "Statusverlauf": pd.DataFrame(
            {
                "Kundennummer": verlauf["number"].map(key),
                "Status": verlauf["Status"],
                "gueltig_ab": _written(verlauf["from"], day),
                "gueltig_bis": _written(verlauf["to"], day),
            }
        ),
        "Nutzung": pd.DataFrame(
            {
                "Kundennummer": nutzung["number"].map(key),
                "Datum": _written(nutzung["day"], day),
                "Benutzer": nutzung["Benutzer"],
                "Aktionen": nutzung["Aktionen"],
            }
        ),
        "Supportfaelle": pd.DataFrame(
            {
                "Vorgang": [f"V{row:06d}" for row in range(len(asked))],
                "Kundennummer": asked["number"].map(key),
                "eroeffnet_am": _written(asked["day"], day),
                "Prioritaet": np.where(asked["severe"], "hoch", "normal"),
                "geloest_am": _written(_today(asked["day"] + asked["hours"] / 24), day),
            }
        ),
        "Rechnungen": pd.DataFrame(
            {
                "Rechnungsnummer": [f"R{row:06d}" for row in range(len(bills))],
                "Kundennummer": bills["number"].map(key),
                "Rechnungsdatum": _written(bills["day"], day),
                "Betrag": bills["amount"],
                "bezahlt_am": _written(_today(bills["paid"]), day),
            }
        ),
    }


#: Tables and columns in a language that no name is compared with.
_IN_SPANISH = {
    "Kunden": "Empresas",
    "Statusverlauf": "Estados",
    "Nutzung": "Uso",
    "Supportfaelle": "Incidencias",
    "Rechnungen": "Facturas",
    "Kundennummer": "empresa",
    "Firma": "denominacion",
    "Branche": "sector",
    "Kundenbetreuer": "gestor",
    "Kunde_seit": "alta",
    "Status": "estado",
    "Kündigungsgrund": "motivo",
    "Letzter_Login": "ultimo_acceso",
    "Umsatz_gesamt": "ingresos",
    "gueltig_ab": "desde",
    "gueltig_bis": "hasta",
    "Datum": "dia",
    "Benutzer": "usuarios",
    "Aktionen": "acciones",
    "Vorgang": "incidencia",
    "eroeffnet_am": "apertura",
    "Prioritaet": "prioridad",
    "geloest_am": "cierre",
    "Rechnungsnummer": "factura",
    "Rechnungsdatum": "emision",
    "Betrag": "importe",
    "bezahlt_am": "cobro",
}


def spanish(made: Company) -> dict[str, pd.DataFrame]:
    """The German tables in words that nobody taught `init`: all it has is what the values are."""
    said = {"aktiv": "activa", "gekündigt": "baja", "hoch": "alta"}
    return {_IN_SPANISH[name]: frame.rename(columns=_IN_SPANISH).replace(said) for name, frame in german(made).items()}


EXPORTS = {"billing": billing, "salesforce": salesforce, "german": german, "spanish": spanish}


def write(name: str, folder: Path, *, accounts: int = 900, seed: int = 11) -> None:
    """The tables of an export as CSV files, as its systems write them."""
    folder.mkdir(parents=True, exist_ok=True)
    marks = {"sep": ";", "decimal": ","} if name in ("german", "spanish") else {}
    for table, frame in EXPORTS[name](company(accounts, seed)).items():
        frame.to_csv(folder / f"{table}.csv", index=False, **marks)


def main() -> None:
    """Write one export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", choices=EXPORTS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=900)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    write(options.export, options.folder, accounts=options.accounts, seed=options.seed)


if __name__ == "__main__":
    main()
