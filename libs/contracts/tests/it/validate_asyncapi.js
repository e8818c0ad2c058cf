// Reads an AsyncAPI document with the parser of AsyncAPI: `node -e THIS FILE`. Prints errors and warnings, one a line.
const { Parser, fromFile } = require('@asyncapi/parser')

async function main () {
  const { document, diagnostics } = await fromFile(new Parser(), process.argv[1]).parse()
  for (const found of diagnostics.filter(found => found.severity <= 1)) {
    console.log(`${found.path.join('.')}: ${found.message}`)
  }
  if (!document) console.log('the document cannot be read')
}

main().catch(error => { console.error(error); process.exit(1) })
