// Runs one command with the official client: runWorkflow, deleteProject or projectError. The input is a JSON object on
// standard input, and the result a JSON object on standard output: workflowInput, workflowResult and apiError in
// clients_test.go. The script checks nothing. An unexpected error ends it.
import { json } from "node:stream/consumers";
import { setInterval } from "node:timers/promises";
import training from "@azure/cognitiveservices-customvision-training";
import rest from "@azure/ms-rest-js";
import { BlobClient } from "@azure/storage-blob";

const pollInterval = 20; // milliseconds

// runWorkflow creates a project, trains and exports it, and downloads the model.
async function runWorkflow(client, input) {
  const project = await createProject(client, input);
  await client.updateProject(project.id, { ...(await client.getProject(project.id)), name: input.renamed });
  await upload(client, project.id, input.images);
  const tags = await client.getTags(project.id);
  const started = await client.trainProject(project.id);
  await waitUntil(() => client.getIteration(project.id, started.id), (iteration) => iteration.status !== "Training");
  const iterations = await client.getIterations(project.id);
  const exporting = await client.exportIteration(project.id, started.id, input.platform);
  const exports = await waitUntil(
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

// upload uploads the first image of a tag as a form, and the others in a batch.
async function upload(client, project, images) {
  for (const [name, encoded] of Object.entries(images)) {
    const tag = await client.createTag(project, name);
    const [first, ...others] = encoded.map((image) => Buffer.from(image, "base64"));
    const summaries = [
      await client.createImagesFromData(project, first, { tagIds: [tag.id] }),
      await client.createImagesFromFiles(project, {
        images: others.map((contents) => ({ contents })),
        tagIds: [tag.id],
      }),
    ];
    if (!summaries.every(({ isBatchSuccessful }) => isBatchSuccessful)) {
      throw new Error(`not all images were accepted: ${JSON.stringify(summaries)}`);
    }
  }
}

// waitUntil calls get until done returns true for its result. The caller of the script sets the time limit.
async function waitUntil(get, done) {
  for await (const _ of setInterval(pollInterval)) {
    const result = await get();
    if (done(result)) {
      return result;
    }
  }
}

// download downloads a model with the client of Azure Storage, which needs nothing but its link.
async function download(uri) {
  return (await new BlobClient(uri).downloadToBuffer()).toString("base64");
}

async function deleteProject(client, { project }) {
  await client.deleteProject(project);
  return {};
}

// projectError returns the error of getProject as the client decodes it.
async function projectError(client, { project }) {
  try {
    await client.getProject(project);
  } catch (error) {
    if (error instanceof rest.RestError) {
      return { status: error.statusCode, code: error.code, message: error.message };
    }
    throw error;
  }
  throw new Error(`getProject ${project} returned no error`);
}

const commands = { runWorkflow, deleteProject, projectError };
const input = await json(process.stdin);
const credentials = new rest.ApiKeyCredentials({ inHeader: { "Training-Key": input.key } });
const client = new training.TrainingAPIClient(credentials, input.endpoint);
console.log(JSON.stringify(await commands[process.argv[2]](client, input)));
