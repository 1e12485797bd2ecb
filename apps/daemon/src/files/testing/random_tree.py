"""Makes and describes trees of files without any of Berth's own code, as the second tool of differential tests.

Reads one JSON request per line and responds to each with one line of JSON:

  {"do": "make", "seed": 1, "folder": "...", "kind": "..."}   fills a folder with a random tree, the same for the same seed
  {"do": "describe", "folder": "..."}                         every fact of every entry, by path
  {"do": "tar", "archive": "..."}                             the names in a tar
  {"do": "zip", "archive": "..."}                             the names in a zip, checksums of its files, Berth's report

Kinds: "every"; "plain" has no sockets, device nodes or paths beyond PATH_MAX; "devices" adds device
nodes, at least `device`, for root only.
Paths and bytes are printed as Latin-1, so nothing is decoded. Every call names one entry of an open folder, so no path is
too long. Needs Linux.
"""
import hashlib
import json
import os
import random
import re
import socket
import stat
import sys
import tarfile
import zipfile

NAMES = [
    b"a", b"b.txt", b"UPPER", b"upper", b"with space", b"new\nline", b"tab\t", b"-rf", b"--", b"'quoted\"", b"*", b"[x]", b"$HOME",
    b"back\\slash", b"C:\\Users\\me", b"..\\up", b"x\\", b"\\x", b"c:x", b"...", b"..a", b".hidden", b"trailing.", b"trailing ",
    "n\u00e4me".encode(), "na\u0308me".encode(), "\U0001f600".encode(), "\ufffd".encode(), "\u202etxt".encode(),
    b"caf\xe9", b"\xff", b"\xed\xa0\x80", b"\xed\xb0\x80", b"R\xe9sum\xe9.txt", b"\xc3", b"\x01\x7f", b"BERTH-UNREADABLE.txt",
    b"BERTH-UNREADABLE-2.txt", b".berth-daemon", b"made-by-berth", b"GNUSparseFile.0", b"PaxHeader", b"._._@LongLink", b"l" * 99,
    b"l" * 100, b"l" * 101, b"l" * 255, b"\xe9" * 120, ("\u00fc" * 127).encode(), b"tmp-notes.md", b"uploads", b"lost+found", b"=",
    b"12 path=x",
]
TARGETS = [b"a", b"../..", b"/etc/passwd", b"caf\xe9", b"no/where", b"t" * 200, b"\xff/\xed\xa0\x80", b"x" * 4000]
TIMES = [
    0, 1, -1, 10**9, 1_700_000_000_123_456_789, 999_999_999, -1_500_000_000, -2_000_000_000_000_000_001, 315_532_799_000_000_000,
    4_354_819_200_000_000_007, 8_589_934_592_000_000_001, 12_000_000_000_123_456_780,
]
MODES = [0o644, 0o755, 0o600, 0o400, 0o555, 0o700, 0o000, 0o4755, 0o2755, 0o1777, 0o3775, 0o640]
KINDS = {"file": 10, "directory": 5, "symlink": 3, "link": 3, "pipe": 1, "socket": 0.5, "device": 0}
CHAIN_NAMES = [b"c" * 250, b"\xe9" * 250, ("\u00fc" * 125).encode()]
CHAIN_DEPTH = 20
# user::rw- user:1000:r-- group::r-- mask::r-- other::---
ACL = bytes.fromhex("02000000" "01000600ffffffff" "02000400e8030000" "04000400ffffffff" "10000400ffffffff" "20000000ffffffff")
OF_THE_SYSTEM = ("security.selinux", "security.ima", "security.evm", "security.apparmor")


def open_folder(name, at=None):
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)


def place(at, name):
    """A path for calls that do not accept a folder descriptor."""
    return b"/proc/self/fd/%d/%s" % (at, name)


class Maker:
    def __init__(self, seed, folder, kind):
        self.random = random.Random(seed)
        self.root = os.getuid() == 0
        self.weights = dict(KINDS)
        if kind == "plain":
            self.weights["socket"] = 0
        if kind == "devices" and self.root:
            self.weights["device"] = 2
        # Entries by name.
        self.files = []
        self.folders = []
        self.left = self.random.choice([1, 5, 15, 30, 60])
        self.top = open_folder(folder)
        try:
            self.fill(self.top, ())
            if self.weights["device"] > 0:
                os.mknod(b"device", stat.S_IFCHR | 0o600, os.makedev(1, 3), dir_fd=self.top)
            if kind != "plain" and self.random.random() < 0.1:
                self.chain()
            # Deepest first: a read-only folder accepts no more entries, and every change updates a folder's time.
            for names in reversed(self.folders):
                self.within(names[:-1], lambda at: self.facts(at, names[-1]))
        finally:
            os.close(self.top)

    def within(self, names, work):
        """Calls `work` with an open folder."""
        at = os.dup(self.top)
        try:
            for name in names:
                below = open_folder(name, at)
                os.close(at)
                at = below
            return work(at)
        finally:
            os.close(at)

    def name(self):
        r = self.random
        if r.random() < 0.8:
            return r.choice(NAMES)
        return bytes(r.choice([c for c in range(1, 256) if c != 47]) for _ in range(r.randint(1, 40))) + b"_"

    def fill(self, at, names):
        r = self.random
        taken = set()
        for _ in range(r.randint(0, 12) if names else 14):
            if self.left <= 0:
                return
            name = self.name()
            if name in taken:
                continue
            taken.add(name)
            self.left -= 1
            self.one(at, names + (name,))

    def folder(self, at, names, work):
        os.mkdir(names[-1], dir_fd=at)
        self.folders.append(names)
        below = open_folder(names[-1], at)
        try:
            work(below)
        finally:
            os.close(below)

    def chain(self):
        """Nested folders with a path longer than any call accepts, and a file in the last one."""
        name = self.random.choice(CHAIN_NAMES)

        def deeper(at, names):
            if len(names) <= CHAIN_DEPTH:
                return self.folder(at, names + (name,), lambda below: deeper(below, names + (name,)))
            self.file(at, b"bottom")
            self.facts(at, b"bottom")

        if name not in os.listdir(os.fsencode("/proc/self/fd/%d" % self.top)):
            deeper(self.top, ())

    def one(self, at, names):
        r = self.random
        name = names[-1]
        kind = r.choices(list(self.weights), list(self.weights.values()))[0]
        if kind == "directory" and len(names) < 10:
            return self.folder(at, names, lambda below: self.fill(below, names))
        if kind == "link" and self.files:
            first = r.choice(self.files)
            self.within(first[:-1], lambda there: os.link(first[-1], name, src_dir_fd=there, dst_dir_fd=at, follow_symlinks=False))
            return
        if kind == "symlink":
            os.symlink(r.choice(TARGETS + [self.name()]), name, dir_fd=at)
        elif kind == "pipe":
            os.mkfifo(name, dir_fd=at)
        elif kind == "device":
            flag, numbers = r.choice([(stat.S_IFCHR, (1, 3)), (stat.S_IFBLK, (7, 200)), (stat.S_IFCHR, (511, 70_000))])
            os.mknod(name, flag | 0o600, os.makedev(*numbers), dir_fd=at)
        elif kind == "socket" and len(name) < 100:
            os.fchdir(at)
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(name)
            os.chdir("/")
            return self.facts(at, name)
        else:
            self.file(at, name)
        self.files.append(names)
        self.facts(at, name)

    def file(self, at, name):
        r = self.random
        shape = r.choice(["empty", "text", "text", "bytes", "large", "holes", "hole", "hole-at-end", "zeros"])
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=at), "wb") as f:
            if shape == "text":
                f.write(b"hello\n" * r.randint(1, 100))
            elif shape == "bytes":
                f.write(r.randbytes(r.choice([1, 511, 512, 513, 10239, 10240, 65536])))
            elif shape == "large":
                f.write(r.randbytes(300_001))
            elif shape == "zeros":
                f.write(bytes(20_000))
            elif shape == "hole":
                f.truncate(r.choice([1, 4096, 1_000_000]))
            elif shape == "holes":
                for _ in range(r.randint(1, 30)):
                    f.seek(r.randrange(0, 1_000_000))
                    f.write(b"data" * r.randint(1, 300))
                f.truncate(1_100_000)
            elif shape == "hole-at-end":
                f.write(b"x")
                f.truncate(500_000)

    def facts(self, at, name):
        r = self.random
        kind = os.lstat(name, dir_fd=at).st_mode
        is_file, is_folder = stat.S_ISREG(kind), stat.S_ISDIR(kind)
        if self.root and r.random() < 0.4:
            owner = r.choice([0, 1000, 65534, 3_000_000]), r.choice([0, 1000, 100, 2_097_152])
            os.chown(name, *owner, dir_fd=at, follow_symlinks=False)
        if not stat.S_ISLNK(kind):
            path = place(at, name)
            if is_file or is_folder:
                for _ in range(r.choice([0, 0, 0, 1, 3])):
                    value = r.choice([b"", b"v", b"a=b\n12 path=c", r.randbytes(300)])
                    os.setxattr(path, "user." + r.choice(["k", "mime type", "\u00e4", "x.y=z"]), value)
                if r.random() < 0.1:
                    os.setxattr(path, "system.posix_acl_access", ACL)
                if is_folder and r.random() < 0.1:
                    os.setxattr(path, "system.posix_acl_default", ACL)
                if self.root and is_file and r.random() < 0.05:
                    os.setxattr(path, "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
            # Users other than root must be able to describe the tree.
            readable = 0 if self.root else 0o500 if is_folder else 0o400
            os.chmod(name, r.choice(MODES) | readable, dir_fd=at)
        time = r.choice(TIMES + [r.randrange(0, 2_000_000_000_000_000_000)])
        os.utime(name, ns=(time, time), dir_fd=at, follow_symlinks=False)


def latin(value):
    return value.decode("latin-1")


def describe(folder):
    tree = {}
    groups = {}

    def visit(at, name, rel):
        s = os.stat(name, dir_fd=at, follow_symlinks=False)
        path = place(at, name)
        entry = {
            "kind": stat.filemode(s.st_mode)[0],
            "mode": oct(stat.S_IMODE(s.st_mode)),
            "owner": f"{s.st_uid}:{s.st_gid}",
            "mtime": str(s.st_mtime_ns),
            "attributes": {
                key: latin(os.getxattr(path, key, follow_symlinks=False))
                for key in sorted(os.listxattr(path, follow_symlinks=False))
                if key not in OF_THE_SYSTEM
            },
        }
        if stat.S_ISLNK(s.st_mode):
            entry["target"] = latin(os.readlink(name, dir_fd=at))
            entry["mode"] = ""
        if stat.S_ISREG(s.st_mode):
            entry["size"] = s.st_size
            entry["sparse"] = s.st_blocks * 512 < s.st_size
            with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=at), "rb") as f:
                entry["sha256"] = hashlib.sha256(f.read()).hexdigest()
        if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode):
            entry["device"] = f"{os.major(s.st_rdev)}:{os.minor(s.st_rdev)}"
        if not stat.S_ISDIR(s.st_mode) and s.st_nlink > 1:
            entry["sameAs"] = groups.setdefault((s.st_dev, s.st_ino), rel)
        tree[rel] = entry
        if stat.S_ISDIR(s.st_mode):
            below = open_folder(name, at)
            try:
                for each in sorted(os.listdir(os.fsencode("/proc/self/fd/%d" % below))):
                    visit(below, each, (rel + "/" if rel != "." else "") + latin(each))
            finally:
                os.close(below)

    top = open_folder(folder)
    try:
        visit(top, b".", ".")
    finally:
        os.close(top)
    return tree


def read_tar(archive):
    with tarfile.open(archive, errors="surrogateescape") as tar:
        return [latin(member.name.encode("utf-8", "surrogateescape")) for member in tar]


def read_zip(archive):
    entry = {"names": [], "files": {}, "report": ""}
    with zipfile.ZipFile(archive) as read:
        assert read.testzip() is None
        for each in read.infolist():
            name = latin(each.filename.encode("utf-8" if each.flag_bits & 0x800 else "cp437"))
            entry["names"].append(name)
            if not stat.S_ISREG(each.external_attr >> 16):
                continue
            entry["files"][name] = hashlib.sha256(read.read(each)).hexdigest()
            if re.fullmatch(r"BERTH-UNREADABLE(-\d+)?\.txt", name):
                entry["report"] = latin(read.read(each))
    return entry


DO = {
    "make": lambda request: Maker(request["seed"], request["folder"], request["kind"]) and None,
    "describe": lambda request: describe(request["folder"]),
    "tar": lambda request: read_tar(request["archive"]),
    "zip": lambda request: read_zip(request["archive"]),
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        response = {"result": DO[request["do"]](request)}
    except Exception as error:
        response = {"error": repr(error)}
    print(json.dumps(response), flush=True)
