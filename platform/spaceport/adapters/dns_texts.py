"""TXT records as this machine's resolver answers them."""

import dns.exception
import dns.resolver

from spaceport.errors import Unavailable

#: Seconds that one question may take, with all its tries.
_SECONDS = 5.0
#: Records of one name that are read.
_MOST = 50


class DnsTexts:
    """Reads the machine's settings (``/etc/resolv.conf``) for each question: they may change while the hub runs."""

    def texts(self, name: str) -> list[str]:
        try:
            answer = dns.resolver.Resolver().resolve(name, "TXT", lifetime=_SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Unavailable(f"nobody answers for {name} ({type(error).__name__})") from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in list(answer)[:_MOST]]
