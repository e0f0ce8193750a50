// Runs the device tests on one release of MicroPython, built for WebAssembly: node run.mjs PACKAGE REPOSITORY TEST...
// `PACKAGE` is the unpacked npm package, `TEST` a file under tests/firmware. What this port has not got, and the tests can do
// without, is put there: os.urandom.

import fs from "fs";
import path from "path";

const [, , folder, repository, ...tests] = process.argv;
const { loadMicroPython } = await import(path.resolve(folder, "micropython.mjs"));
const micropython = await loadMicroPython({ heapsize: 8 << 20, linebuffer: true, stdout: (line) => console.log(line) });

function copy(from, to) {
  micropython.FS.mkdirTree(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = `${to}/${entry.name}`;
    if (entry.isDirectory()) copy(source, target);
    else if (/\.m?py$/.test(entry.name)) micropython.FS.writeFile(target, fs.readFileSync(source));
  }
}

copy(path.join(repository, "firmware"), "/app/firmware");
copy(path.join(repository, "tests/firmware"), "/app/tests/firmware");
copy(path.join(repository, "tests/support"), "/app/tests/support");
copy(path.join(repository, "host/clapmark/archive"), "/app/host/clapmark/archive");
copy(path.join(repository, "build/device/firmware"), "/compiled/firmware");
micropython.FS.writeFile(
  "/app/whole_os.py",
  "from os import *\nimport random\ndef urandom(n):\n    return bytes(random.getrandbits(8) for _ in range(n))\n",
);

// every module of the compiled app is loaded; what needs the chip then says so, and not that it cannot be read
micropython.runPython(`
import os, sys
sys.path[:] = ["/app", "/compiled"]
import whole_os
sys.modules["os"] = whole_os
def load(folder):
    count = 0
    for name, kind, *_ in os.ilistdir("/compiled/" + folder):
        if kind == 0x4000:
            count += load(folder + "/" + name)
        elif name.endswith(".mpy"):
            count += 1
            try:
                __import__((folder + "/" + name[:-4]).replace("/", "."))
            except ImportError as error:
                assert "machine" in str(error) or "esp32" in str(error) or "asyncio" in str(error), (name, error)
    return count
sys.path[:] = ["/compiled"]
print(load("firmware"), "compiled modules can be read")
for name in list(sys.modules):
    if name.startswith("firmware"):
        del sys.modules[name]
sys.path[:] = ["/app"]
os.chdir("/app")
`);
const runner = fs.readFileSync(path.join(repository, "tests/firmware/run.py"), "utf8").replace(/^sys\.exit.*$/m, "");
micropython.globals.set("failed", 1);
micropython.runPython(`${runner}\nfailed = run(${JSON.stringify(tests)})`);
process.exit(micropython.globals.get("failed"));
