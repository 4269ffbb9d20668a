/** A secret of no real system that names the place it was put in; anything that contains it has leaked. */
export const canary = (place: string): string => `cnry${place}7Kq2Zx9w`
export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Canaries in this text, whole or cut after a few characters, plain, masked in part, or in base64. */
export const leaksIn = (text: string): string[] => [
  ...(text.match(/cnry[\w#]{6,}/gi) ?? []),
  ...(text.match(/Y25ye[\w+/=]{6,}/g) ?? []),
]

/** A number of a text that is the same in every run. */
export const numberOf = (text: string): number =>
  [...text].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) >>> 0, 7)

const letters = (place: string, length: number) => {
  let made = `cnry${place.toLowerCase()}`
  for (let seed = numberOf(place); made.length < length; seed = (seed * 31 + 17) >>> 0)
    made += String.fromCharCode(97 + (seed % 26))
  return made.slice(0, length)
}
/** Half of a seed is worth nothing: what names it stands behind its first half. */
const seedOf = (place: string) => letters(place, 55).replace(/^(.{31})(.{24})$/, '$2$1')

/** Every way a secret stands in ordinary text, each of one line; `place` is of letters and names it. */
export const forms: Record<string, (place: string) => string> = {
  Dsn: (place) => `dsn=postgres://app:${canary(place)}@db:5432/x`,
  Bearer: (place) => `Authorization: Bearer ${canary(place)}`,
  Password: (place) => `password=${canary(place)}`,
  Json: (place) => `"api_key": "${canary(place)}"`,
  Hf: (place) => `hf_${canary(place)}abcdefghij`,
  Flag: (place) => `--token ${canary(place)}`,
  Aws: (place) => `AWS_SECRET_ACCESS_KEY=${canary(place)}`,
  Registry: (place) => `https://robot:${canary(place)}@registry.example/x`,
  Basic: (place) => `Proxy-Authorization: Basic ${base64(`robot:${canary(place)}`)}`,
  Jwt: (place) => `saw eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${canary(place)}`,
  JwtClaims: (place) =>
    `saw eyJhbGciOiJIUzI1NiJ9.${base64(`{"sub":"_${canary(place)}"}`).replaceAll('=', '')}.c2lnbmF0dXJl`,
  Pem: (place) => `-----BEGIN RSA PRIVATE KEY-----\\n${base64(`abc${canary(place)}`)}\\n-----END RSA PRIVATE KEY-----`,
  AccessId: (place) => `AKIA${letters(place, 16).toUpperCase()}`,
  SessionId: (place) => `ASIA${letters(place, 16).toUpperCase()}`,
  GitHub: (place) => `ghp_${canary(place)}`,
  GitHubFine: (place) => `github_pat_${canary(place)}`,
  GitLab: (place) => `glpat-${canary(place)}`,
  Ngc: (place) => `nvapi-${canary(place)}`,
  OpenAi: (place) => `sk-proj-${canary(place)}`,
  Slack: (place) => `xoxb-123456-${canary(place)}`,
  SlackHook: (place) => `https://hooks.slack.com/services/T000/B000/${canary(place)}`,
  Google: (place) => `AIzaSy${canary(place)}abcdefghij`,
  GoogleOauth: (place) => `ya29.${canary(place)}`,
  Vault: (place) => `hvs.${canary(place)}`,
  Npm: (place) => `npm_${canary(place)}`,
  Stripe: (place) => `sk_live_${canary(place)}`,
  Seed: (place) => `seed phrase ${seedOf(place)} of the wallet`,
  Cookie: (place) => `Cookie: theme=dark; session=${canary(place)}`,
  SetCookie: (place) => `Set-Cookie: sid=${canary(place)}; Path=/; HttpOnly`,
  ApiKeyHeader: (place) => `X-Api-Key: ${canary(place)}`,
  AuthToken: (place) => `Authorization: token ${canary(place)}`,
  VaultHeader: (place) => `X-Vault-Token: ${canary(place)}`,
  Upper: (place) => `PASSWORD: ${canary(place)}`,
  Sql: (place) => `Server=db;User Id=sa;Pwd=${canary(place)};Encrypt=true`,
  Odbc: (place) => `host=db user=app password='two words ${canary(place)}' dbname=x`,
  Azure: (place) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${canary(place)};EndpointSuffix=x`,
  Sas: (place) => `https://a.blob.example/c?sv=2024&sig=${canary(place)}&se=2026`,
  Amz: (place) => `https://s3.example/o?X-Amz-Signature=${canary(place)}&x=1`,
  Query: (place) => `GET /v1/things?access_token=${canary(place)}&page=2`,
  Redis: (place) => `redis://:${canary(place)}@cache:6379/0`,
  Mongo: (place) => `mongodb+srv://app:${canary(place)}@cluster.example/x`,
  Escaped: (place) => `{\\"password\\":\\"${canary(place)}\\"}`,
  EncodedQuery: (place) => `next=%2Flogin%3Fpassword%3D${canary(place)}%26x`,
  Quoted: (place) => `token="${canary(place)} and more"`,
  Python: (place) => `{'client_secret': '${canary(place)}', 'scope': 'all'}`,
  Ruby: (place) => `{:password=>"${canary(place)}", :user=>"a"}`,
  Struct: (place) => `{User:app Password:${canary(place)} Port:5432}`,
  Xml: (place) => `<password>${canary(place)}</password>`,
  Netrc: (place) => `machine x.example login app password ${canary(place)}`,
  Curl: (place) => `curl -u robot:${canary(place)} https://x.example`,
  Registered: (place) => `{"auths":{"nvcr.io":{"auth":"${base64(`robot:${canary(place)}`)}"}}}`,
  KubeconfigKey: (place) => `client-key-data: ${base64(canary(place))}`,
  SecretBase: (place) => `SECRET_KEY_BASE=${canary(place)}`,
  PgPassword: (place) => `PGPASSWORD=${canary(place)} psql -h db`,
  MySql: (place) => `MYSQL_PWD=${canary(place)}`,
  Encryption: (place) => `encryption_key: ${canary(place)}`,
  Signing: (place) => `"signingKey":"${canary(place)}"`,
  Credential: (place) => `credentials=${canary(place)}`,
}
export const formNames = Object.keys(forms)

/** All forms in one text, from the n-th on: what is cut off at its end differs from text to text. */
export const textWith = (place: string, from: string | number = 0): string => {
  const start = (typeof from === 'number' ? from : numberOf(from)) % formNames.length
  return [...formNames.slice(start), ...formNames.slice(0, start)]
    .map((name) => forms[name]!(`${place}${name}`))
    .join(' ')
}

/** Two forms, for where only little is read. */
export const fewWith = (place: string, from: string): string => {
  const start = numberOf(from) % formNames.length
  return [0, 1]
    .map((n) => formNames[(start + n) % formNames.length]!)
    .map((name) => forms[name]!(`${place}${name}`))
    .join(' ')
}
