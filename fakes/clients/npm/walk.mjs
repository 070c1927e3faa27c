// Runs one errand with the official client: walk, remove or refusal. What it
// needs comes as JSON on standard input, what it has seen goes as JSON to
// standard output: visit and journey, or refusal, of clients_test.go. It judges
// nothing; an error that it does not expect ends it.
import { json } from "node:stream/consumers";
import { setInterval } from "node:timers/promises";
import training from "@azure/cognitiveservices-customvision-training";
import rest from "@azure/ms-rest-js";

const pause = 20; // milliseconds between two looks

// walk goes from a new project to its downloaded model.
async function walk(client, visit) {
  const project = await createProject(client, visit);
  await client.updateProject(project.id, { ...(await client.getProject(project.id)), name: visit.renamed });
  await upload(client, project.id, visit.pictures);
  const tags = await client.getTags(project.id);
  const started = await client.trainProject(project.id);
  await until(() => client.getIteration(project.id, started.id), (iteration) => iteration.status !== "Training");
  const iterations = await client.getIterations(project.id);
  const exporting = await client.exportIteration(project.id, started.id, visit.platform);
  const exports = await until(
    () => client.getExports(project.id, started.id),
    ([first]) => first && first.status !== "Exporting",
  );
  return {
    project: describe(await client.getProject(project.id)),
    projects: (await client.getProjects()).map(({ id }) => id),
    tags: Object.fromEntries(tags.map(({ name, imageCount }) => [name, imageCount])),
    training: started.status,
    iterations: iterations.map(({ id, status, exportable }) => ({ id, status, exportable })),
    exporting: exporting.status,
    exports: exports.map(({ platform, status, downloadUri }) => ({ platform, status, downloadUri })),
    model: await download(exports[0].downloadUri),
  };
}

async function createProject(client, { name, description, queue, container, platform }) {
  const domains = await client.getDomains();
  const { id } = domains.find(({ exportable, type }) => exportable && type === "Classification");
  return client.createProject(name, {
    description,
    domainId: id,
    classificationType: "Multiclass",
    targetExportPlatforms: [platform],
    options: { notificationQueueUri: queue, exportModelContainerUri: container },
  });
}

function describe({ id, name, description, settings }) {
  return { id, name, description, queue: settings.notificationQueueUri, container: settings.exportModelContainerUri };
}

// upload sends the first picture of a tag as a form, and the others in a batch.
async function upload(client, project, pictures) {
  for (const [name, encoded] of Object.entries(pictures)) {
    const tag = await client.createTag(project, name);
    const [first, ...others] = encoded.map((picture) => Buffer.from(picture, "base64"));
    const summaries = [
      await client.createImagesFromData(project, first, { tagIds: [tag.id] }),
      await client.createImagesFromFiles(project, { images: others.map((contents) => ({ contents })), tagIds: [tag.id] }),
    ];
    if (!summaries.every(({ isBatchSuccessful }) => isBatchSuccessful)) {
      throw new Error(`not all images were taken: ${JSON.stringify(summaries)}`);
    }
  }
}

// until asks again and again until what it gets is done; who started it sets the limit.
async function until(ask, done) {
  for await (const _ of setInterval(pause)) {
    const answer = await ask();
    if (done(answer)) {
      return answer;
    }
  }
}

// download gets a model as anybody can who has its link: without a key.
async function download(uri) {
  const response = await fetch(uri);
  if (!response.ok) {
    throw new Error(`GET ${uri}: ${response.status} ${await response.text()}`);
  }
  return Buffer.from(await response.arrayBuffer()).toString("base64");
}

async function remove(client, { project }) {
  await client.deleteProject(project);
  return {};
}

// refusal is the error that getProject meets, as the client gives it to its caller.
async function refusal(client, { project }) {
  try {
    await client.getProject(project);
  } catch (error) {
    if (error instanceof rest.RestError) {
      return { status: error.statusCode, code: error.code, message: error.message };
    }
    throw error;
  }
  throw new Error(`getProject ${project} was not refused`);
}

const errands = { walk, remove, refusal };
const input = await json(process.stdin);
const credentials = new rest.ApiKeyCredentials({ inHeader: { "Training-Key": input.key } });
const client = new training.TrainingAPIClient(credentials, input.endpoint);
console.log(JSON.stringify(await errands[process.argv[2]](client, input)));
