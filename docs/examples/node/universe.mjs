// A universe of an emulator over plain HTTP: made for a test, asked what it saw, deleted.

export class Universe {
  // `wanted` are the members of POST /universes: name, template, seed, clock, profiles.
  static async make(emulator, wanted = {}) {
    const made = await ask('POST', `${emulator}/_emulator/api/universes`, wanted);
    return new Universe(emulator, made);
  }

  constructor(emulator, made) {
    this.emulator = emulator;
    this.name = made.name;
    this.baseUrl = made.base_url;
    [this.account] = made.accounts;
  }

  // A call of the control API; what it answers.
  control(method, path, body) {
    return ask(method, `${this.baseUrl}/_emulator/api${path}`, body);
  }

  // The requests to the API so far that match, such as {"request.method": "POST"}.
  async requests(match = {}) {
    const query = new URLSearchParams({ kind: 'http', match: JSON.stringify(match) });
    return (await this.control('GET', `/journal?${query}`)).entries;
  }

  delete() {
    return ask('DELETE', `${this.emulator}/_emulator/api/universes/${this.name}`);
  }
}

async function ask(method, url, body) {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${method} ${url}: ${text}`);
  return text ? JSON.parse(text) : null;
}
