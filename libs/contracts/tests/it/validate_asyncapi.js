// Parses an AsyncAPI document with the official parser: `node -e THIS_FILE DOCUMENT`. Prints errors and warnings, one per line.
const { Parser, fromFile } = require('@asyncapi/parser')

async function main () {
  const { document, diagnostics } = await fromFile(new Parser(), process.argv[1]).parse()
  for (const problem of diagnostics.filter(problem => problem.severity <= 1)) {
    console.log(`${problem.path.join('.')}: ${problem.message}`)
  }
  if (!document) console.log('the document cannot be parsed')
}

main().catch(error => { console.error(error); process.exit(1) })
