"""The tables of chapter 2: cases of each procedure, what they are about, and the ledger that comes out of them."""

from yunheng.domain.services.models.agreement import Agreement, AgreementLine
from yunheng.domain.services.models.application import Application, Undertaking
from yunheng.domain.services.models.change import Change, ChangeLine
from yunheng.domain.services.models.coverage import Coverage
from yunheng.domain.services.models.discrepancy import Discrepancy
from yunheng.domain.services.models.exit import Exit
from yunheng.domain.services.models.inventory import Intake, InventoryRow, InventoryRun
from yunheng.domain.services.models.ledger import Condition, Involvement, Move, Service
from yunheng.domain.services.models.lines import ENVIRONMENTS, Paper, ResourceLine
from yunheng.domain.services.models.migration import Migration, MigrationPair
from yunheng.domain.services.models.registration import Registration, RegistrationLine
from yunheng.domain.services.models.release import Assessment, DataDeclaration, Heartbeat, Release
from yunheng.domain.services.models.succession import Succession
from yunheng.domain.services.models.temporary import Temporary
from yunheng.domain.services.models.trial import TrialNote
from yunheng.domain.services.models.use import UseRecord, UseTable

__all__ = [
    "ENVIRONMENTS",
    "Agreement",
    "AgreementLine",
    "Application",
    "Assessment",
    "Change",
    "ChangeLine",
    "Condition",
    "Coverage",
    "DataDeclaration",
    "Discrepancy",
    "Exit",
    "Heartbeat",
    "Intake",
    "InventoryRow",
    "InventoryRun",
    "Involvement",
    "Migration",
    "MigrationPair",
    "Move",
    "Paper",
    "Registration",
    "RegistrationLine",
    "Release",
    "ResourceLine",
    "Service",
    "Succession",
    "Temporary",
    "TrialNote",
    "Undertaking",
    "UseRecord",
    "UseTable",
]
