"""What a careful reader of each set's description would declare; newcomer.py holds `init` against it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Truth:
    """What a careful reader of a set's README would declare.

    Parameters
    ----------
    guesses
        What is right, by what is guessed: `role TABLE`, `account TABLE`, `time TABLE`, `known_at TABLE`,
        `until TABLE`, `started_on`, `churn`, `churn days` (of silence or of grace).
    leaks
        Columns, as TABLE.COLUMN, or whole tables that no model may read.
    refused
        A part of the reason where no declaration is possible.
    """

    guesses: dict[str, str | None] = field(default_factory=dict)
    leaks: frozenset[str] = frozenset()
    refused: str = ""


def _source(table: str, account: str, day: str, role: str = "events", **more: str | None) -> dict[str, str | None]:
    """The guesses about one dated table."""
    clocks = {"known_at": None} | more
    told = {f"role {table}": role, f"account {table}": account, f"time {table}": day}
    return told | {f"{clock} {table}": column for clock, column in clocks.items()}


def _without(*tables: str) -> dict[str, str | None]:
    return {f"role {table}": "left out" for table in tables}


_CHURNSIM = Truth(
    {
        "role accounts": "accounts",
        "account accounts": "account_id",
        **_source("events_daily", "account_id", "event_date"),
        **_source("subscriptions", "account_id", "start_date", "history", until="end_date"),
        **_without("true_utility"),
        "churn": "unrenewed subscriptions start_date end_date",
        "churn days": "7",
    },
    frozenset({"subscriptions.end_date", "true_utility"}),
)
TRUTH = {
    "openstack_orgs": Truth(
        {
            "role accounts": "accounts",
            "account accounts": "account_id",
            **_source("commits", "account_id", "authored_at", known_at="committed_at"),
            "churn": "silence commits",
            "churn days": "90",
        }
    ),
    "online_retail": Truth(
        {**_source("online_retail", "CustomerID", "InvoiceDate"), "churn": "silence online_retail", "churn days": "90"}
    ),
    "completejourney": Truth(
        {
            **_source("transactions", "household_id", "transaction_timestamp"),
            **_source("coupon_redemptions", "household_id", "redemption_date"),
            "role demographics": "facts",
            "account demographics": "household_id",
            **_without("campaigns", "campaign_descriptions", "products"),
            "churn": "silence transactions",
            "churn days": "60",
        },
        frozenset({"campaign_descriptions", "campaigns"}),
    ),
    "churnsim_crm5": _CHURNSIM,
    "churnsim_socialnet7": _CHURNSIM,
    "saasguard": Truth(
        {
            "role customers": "accounts",
            "account customers": "customer_id",
            "started_on": "signup_date",
            **_source("usage_events", "customer_id", "timestamp"),
            **_source("support_tickets", "customer_id", "created_date"),
            **_source("expansion_outreach_log", "customer_id", "contacted_date"),
            **_without("gtm_opportunities", "risk_signals"),
            "churn": "dated customers churn_date",
        },
        frozenset(
            {
                *("customers.plan_tier", "customers.upgrade_date", "customers.mrr", "customers.churn_date"),
                *("support_tickets.resolution_time", "risk_signals", "gtm_opportunities"),
                *("expansion_outreach_log.outcome", "expansion_outreach_log.propensity_at_outreach"),
            }
        ),
    ),
    "cdnow": Truth({**_source("orders", "customer_id", "date"), "churn": "silence orders", "churn days": "90"}),
    "oulad": Truth(refused="none of them has dated rows"),
    "simulated": Truth(
        {
            "role accounts": "accounts",
            "account accounts": "account_id",
            "started_on": "started_on",
            **_source("usage", "account_id", "day", known_at="loaded_at"),
            **_source("tickets", "account_id", "opened_at", known_at="loaded_at"),
            **_source("payments", "account_id", "paid_at", known_at="loaded_at"),
            **_source("meetings", "account_id", "held_at", known_at="loaded_at"),
            **_source("surveys", "account_id", "answered_at", known_at="loaded_at"),
            **_source("mentions", "account_id", "noted_at", known_at="loaded_at"),
            **_source("invoices", "account_id", "issued_at", known_at="loaded_at"),
            **_source("contracts", "account_id", "valid_from", "history", until="valid_to", known_at="recorded_at"),
            **_source("contacts", "account_id", "valid_from", "history", until="valid_to", known_at="recorded_at"),
            **_without("interventions"),
            "role cancellations": "churn",
            "churn": "dated cancellations churned_on",
        }
    ),
}
TRUTH |= {
    "billing": Truth(
        {
            "role customers": "accounts",
            "account customers": "id",
            "started_on": "created",
            **_source("subscriptions", "customer", "created", "history", until="ended_at"),
            **_source("invoices", "customer", "created"),
            **_source("charges", "customer", "created"),
            **_source("tickets", "organization_external_id", "created_at"),
            **_source("tracks", "context_group_id", "timestamp", known_at="received_at"),
            "churn": "dated subscriptions canceled_at",
        },
        frozenset(
            {
                *(f"customers.{name}" for name in ("delinquent", "last_login", "lifetime_value")),
                *(f"subscriptions.{name}" for name in ("status", "canceled_at", "ended_at", "quantity", "plan_amount")),
                *(f"subscriptions.current_period_{name}" for name in ("start", "end")),
                "subscriptions.cancellation_details_reason",
                *(f"invoices.{name}" for name in ("status", "amount_paid", "attempt_count")),
                "invoices.status_transitions_paid_at",
                *(f"tickets.{name}" for name in ("status", "updated_at", "solved_at", "satisfaction_rating")),
                "charges.refunded",
            }
        ),
    ),
    "salesforce": Truth(
        {
            "role Account": "accounts",
            "account Account": "Id",
            "started_on": "CreatedDate",
            **_source("Contract", "AccountId", "StartDate", "history", until="EndDate"),
            **_source("Opportunity", "AccountId", "CreatedDate"),
            **_source("Case", "AccountId", "CreatedDate"),
            **_source("Task", "AccountId", "ActivityDate", known_at="CreatedDate"),
            "churn": "unrenewed Contract StartDate EndDate",
            "churn days": "7",
        },
        frozenset(
            {
                *(f"Account.{name}" for name in ("Type", "Rating", "OwnerId", "NumberOfEmployees")),
                *(f"Account.{name}" for name in ("Lifetime_Value__c", "Churn_Reason__c", "LastActivityDate")),
                *(f"Opportunity.{name}" for name in ("StageName", "IsWon", "CloseDate")),
                *("Account.LastModifiedDate", "Contract.Status", "Contract.EndDate", "Contract.LastModifiedDate"),
                *("Case.Status", "Case.ClosedDate", "Case.IsEscalated"),
            }
        ),
    ),
    "german": Truth(
        {
            "role Kunden": "accounts",
            "account Kunden": "Kundennummer",
            "started_on": "Kunde_seit",
            "role Statusverlauf": "history",
            **_source("Nutzung", "Kundennummer", "Datum"),
            **_source("Rechnungen", "Kundennummer", "Rechnungsdatum"),
            **_source("Supportfaelle", "Kundennummer", "eroeffnet_am"),
            "churn": "dated Statusverlauf gueltig_ab",
        },
        frozenset(
            {
                *("Kunden.Status", "Kunden.Kündigungsgrund", "Kunden.Letzter_Login", "Kunden.Umsatz_gesamt"),
                *("Statusverlauf.Status", "Rechnungen.bezahlt_am", "Supportfaelle.geloest_am"),
            }
        ),
    ),
    "spanish": Truth(
        {
            "role Empresas": "accounts",
            "account Empresas": "empresa",
            "role Estados": "history",
            **_source("Uso", "empresa", "dia"),
            **_source("Facturas", "empresa", "emision"),
            **_source("Incidencias", "empresa", "apertura"),
            "churn": "dated Estados desde",
        },
        frozenset(
            {
                *("Empresas.estado", "Empresas.motivo", "Empresas.ultimo_acceso", "Empresas.ingresos"),
                *("Estados.estado", "Facturas.cobro", "Incidencias.cierre"),
            }
        ),
    ),
}
