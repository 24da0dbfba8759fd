"""A certificate authority for tests: a root, one that it lets issue, servers' certificates."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
# Of a settings file beside what write_server() writes.
SETTINGS = """[tls]
listen = "127.0.0.1:0"
certificate_file = "server.pem"
key_file = "server.key"
"""


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key, password=None):
    encryption = (serialization.BestAvailableEncryption(password) if password
                  else serialization.NoEncryption())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             encryption)


class Authority:
    def __init__(self):
        self.root_key, self.issuer_key = new_key(), new_key()
        self.root = self._made("test root", self.root_key, "test root", self.root_key, True)
        self.issuer = self._made("test issuer", self.issuer_key, "test root", self.root_key, True)

    @staticmethod
    def _made(subject, key, issuer, issuer_key, may_issue, begin=None, end=None):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder()
                   .subject_name(_name(subject)).issuer_name(_name(issuer))
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(begin or now - 2 * DAY).not_valid_after(end or now + 60 * DAY)
                   .add_extension(x509.BasicConstraints(may_issue, None), critical=True))
        if not may_issue:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]),
                critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    def certificate(self, key, begin=None, end=None):
        """For 127.0.0.1, by the issuer: the certificate itself."""
        return self._made("tthcmon test", key, "test issuer", self.issuer_key, False, begin, end)

    def chain_pem(self, certificate):
        return b"".join(part.public_bytes(serialization.Encoding.PEM)
                        for part in (certificate, self.issuer))

    @property
    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)


def write_file(path, content, mode):
    path.touch(mode=0o600)
    path.write_bytes(content)
    path.chmod(mode)


def write_server(directory, authority, key=None, **dates):
    """The two files of SETTINGS, with a new certificate; the certificate."""
    key = key or new_key()
    certificate = authority.certificate(key, **dates)
    write_file(directory / "server.pem", authority.chain_pem(certificate), 0o644)
    write_file(directory / "server.key", key_pem(key), 0o600)
    return certificate
