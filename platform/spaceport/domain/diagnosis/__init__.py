"""Why a build or a start failed, in one plain line and with one edit that helps: rules over the end of a log."""

from spaceport.domain.diagnosis.decide import diagnose_build, diagnose_start
from spaceport.domain.diagnosis.rule import Diagnosis

__all__ = ["Diagnosis", "diagnose_build", "diagnose_start"]
