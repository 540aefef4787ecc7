"""What is likely to break a Space, found in its files before anything is built."""

from spaceport.domain.advice.advise import advise, is_read
from spaceport.domain.advice.finding import Finding

__all__ = ["Finding", "advise", "is_read"]
