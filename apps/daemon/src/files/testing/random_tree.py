"""A second opinion on trees of files, beside Berth's own code.

  random_tree.py make <seed> <folder> [kind=...]   fills a folder with a random tree, the same for the same seed
  random_tree.py describe <folder>                 prints one JSON object: everything there is to know, by path

Paths and bytes are printed as Latin-1, so nothing is decoded. Needs Linux.
"""
import hashlib
import json
import os
import random
import socket
import stat
import sys

NAMES = [
    b"a", b"b.txt", b"UPPER", b"with space", b"new\nline", b"tab\t", b"-rf", b"--", b"'quoted\"", b"*", b"[x]", b"$HOME",
    b"back\\slash", b"C:\\Users\\me", b"..\\up", b"x\\", b"\\x", b"c:x", b"...", b"..a", b".hidden", b"trailing.", b"trailing ",
    "n\u00e4me".encode(), "na\u0308me".encode(), "\U0001f600".encode(), "\ufffd".encode(), "\u202etxt".encode(),
    b"caf\xe9", b"\xff", b"\xed\xa0\x80", b"R\xe9sum\xe9.txt", b"\xc3", b"\x01\x7f", b"BERTH-UNREADABLE.txt", b"GNUSparseFile.0",
    b"PaxHeader", b"././@LongLink".replace(b"/", b"_"), b"l" * 99, b"l" * 100, b"l" * 101, b"l" * 255, b"\xe9" * 120,
    ("\u00fc" * 127).encode(), b"tmp-notes.md", b"uploads", b"lost+found", b"=", b"12 path=x",
]
TIMES = [
    0, 1, -1, 10**9, 1_700_000_000_123_456_789, 999_999_999, -1_500_000_000, -2_000_000_000_000_000_001, 315_532_799_000_000_000,
    4_354_819_200_000_000_007, 8_589_934_592_000_000_001, 12_000_000_000_123_456_780,
]


class Maker:
    def __init__(self, seed, folder, options):
        self.random = random.Random(seed)
        self.root = os.getuid() == 0
        self.plain = options.get("kind") == "plain"
        self.files = []
        self.late = []
        self.left = self.random.choice([1, 5, 15, 30, 60])
        self.fill(os.fsencode(folder), 0)
        # The deepest first: a read-only folder takes nothing more, and a folder's time moves with what is in it.
        for path in reversed(self.late):
            self.facts(path)

    def name(self):
        r = self.random
        if r.random() < 0.8:
            return r.choice(NAMES)
        return bytes(r.choice([c for c in range(1, 256) if c != 47]) for _ in range(r.randint(1, 40))) + b"_"

    def fill(self, folder, depth):
        r = self.random
        for _ in range(r.randint(0, 12) if depth else 14):
            if self.left <= 0:
                return
            path = folder + b"/" + self.name()
            if os.path.lexists(path):
                continue
            self.left -= 1
            self.one(path, depth)

    def one(self, path, depth):
        r = self.random
        kind = r.choices(["file", "directory", "symlink", "link", "pipe", "socket"], [10, 5, 3, 3, 1, 0.5])[0]
        if kind == "directory" and depth < 9:
            os.mkdir(path)
            self.late.append(path)
            self.fill(path, depth + 1)
        elif kind == "symlink":
            os.symlink(r.choice([b"a", b"../..", b"/etc/passwd", b"caf\xe9", b"no/where", b"t" * 200, self.name()]), path)
            self.files.append(path)
            self.facts(path)
        elif kind == "link" and self.files:
            os.link(r.choice(self.files), path, follow_symlinks=False)
        elif kind == "pipe":
            os.mkfifo(path)
            self.files.append(path)
            self.facts(path)
        elif kind == "socket" and not self.plain:
            here = os.getcwd()
            os.chdir(os.path.dirname(path))
            made = socket.socket(socket.AF_UNIX)
            if len(os.path.basename(path)) < 100:
                made.bind(os.path.basename(path))
                os.chdir(here)
                self.facts(path)
            os.chdir(here)
            made.close()
        else:
            self.file(path)
            self.files.append(path)
            self.facts(path)

    def file(self, path):
        r = self.random
        shape = r.choice(["empty", "text", "text", "bytes", "large", "holes", "hole", "hole-at-end", "zeros"])
        with open(path, "wb") as f:
            if shape == "text":
                f.write(b"hello\n" * r.randint(1, 100))
            elif shape == "bytes":
                f.write(r.randbytes(r.choice([1, 511, 512, 513, 10239, 10240, 65536])))
            elif shape == "large":
                f.write(r.randbytes(300_001))
            elif shape == "zeros":
                f.write(bytes(20_000))
            elif shape == "hole":
                f.truncate(r.choice([1, 4096, 5_000_000]))
            elif shape == "holes":
                for _ in range(r.randint(1, 30)):
                    f.seek(r.randrange(0, 4_000_000))
                    f.write(b"data" * r.randint(1, 300))
                f.truncate(4_100_000)
            elif shape == "hole-at-end":
                f.write(b"x")
                f.truncate(2_000_000)

    def facts(self, path):
        r = self.random
        is_link = os.path.islink(path)
        if self.root and r.random() < 0.4:
            os.lchown(path, r.choice([0, 1000, 65534, 3_000_000]), r.choice([0, 1000, 100, 2_097_152]))
        if not is_link:
            kind = os.lstat(path).st_mode
            if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
                for _ in range(r.choice([0, 0, 0, 1, 3])):
                    value = r.choice([b"", b"v", b"a=b\n12 path=c", r.randbytes(300)])
                    os.setxattr(path, "user." + r.choice(["k", "mime type", "\u00e4", "x.y=z"]), value)
                if r.random() < 0.1:
                    os.setxattr(path, "system.posix_acl_access", ACL)
                if stat.S_ISDIR(kind) and r.random() < 0.1:
                    os.setxattr(path, "system.posix_acl_default", ACL)
                if self.root and stat.S_ISREG(kind) and r.random() < 0.05:
                    os.setxattr(path, "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
            os.chmod(path, r.choice([0o644, 0o755, 0o600, 0o400, 0o555, 0o700, 0o000, 0o4755, 0o2755, 0o1777, 0o3775, 0o640]))
        at = r.choice(TIMES + [r.randrange(0, 2_000_000_000_000_000_000)])
        os.utime(path, ns=(at, at), follow_symlinks=False)


# user::rw- user:1000:r-- group::r-- mask::r-- other::---
ACL = bytes.fromhex("02000000" "01000600ffffffff" "02000400e8030000" "04000400ffffffff" "10000400ffffffff" "20000000ffffffff")
OF_THE_SYSTEM = ("security.selinux", "security.ima", "security.evm", "security.apparmor")


def latin(value):
    return value.decode("latin-1")


def describe(folder):
    tree = {}
    groups = {}
    top = os.fsencode(folder)

    def look(path, rel):
        s = os.lstat(path)
        said = {
            "kind": latin(stat.filemode(s.st_mode)[:1].encode()),
            "mode": oct(stat.S_IMODE(s.st_mode)),
            "owner": f"{s.st_uid}:{s.st_gid}",
            "mtime": str(s.st_mtime_ns),
            "attributes": {
                name: latin(os.getxattr(path, name, follow_symlinks=False))
                for name in sorted(os.listxattr(path, follow_symlinks=False))
                if name not in OF_THE_SYSTEM
            },
        }
        if stat.S_ISLNK(s.st_mode):
            said["target"] = latin(os.readlink(path))
            said["mode"] = ""
        if stat.S_ISREG(s.st_mode):
            said["size"] = s.st_size
            said["sparse"] = s.st_blocks * 512 < s.st_size
            with open(path, "rb") as f:
                said["sha256"] = hashlib.sha256(f.read()).hexdigest()
        if not stat.S_ISDIR(s.st_mode) and s.st_nlink > 1:
            said["sameAs"] = groups.setdefault((s.st_dev, s.st_ino), rel)
        tree[rel] = said
        if stat.S_ISDIR(s.st_mode):
            for name in sorted(os.listdir(path)):
                look(path + b"/" + name, (rel + "/" if rel != "." else "") + latin(name))

    look(top, ".")
    return tree


if __name__ == "__main__":
    if sys.argv[1] == "make":
        Maker(int(sys.argv[2]), sys.argv[3], dict(option.split("=") for option in sys.argv[4:]))
    else:
        json.dump(describe(sys.argv[2]), sys.stdout)
