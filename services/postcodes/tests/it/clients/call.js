// Calls the npm client of postcodes.io: `node -e THIS BASE CALLS`, where a call is [method, arguments].
// Prints the client's methods, and the answer of each call.
const client = require('node-postcodes.io')

client.endpoint = process.argv[1]
const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(client))

async function main () {
  const answers = []
  for (const [method, given] of JSON.parse(process.argv[2])) {
    answers.push(await client[method](...given))
  }
  const own = methods.filter(name => name !== 'constructor')
  console.log(JSON.stringify({ methods: own, answers }))
}

main().catch(error => { console.error(error); process.exit(1) })
