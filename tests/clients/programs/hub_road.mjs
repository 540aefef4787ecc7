// A repo by huggingface.js as it is installed: made with its first files, filled by LFS, read and changed.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const hub = require("@huggingface/hub");

const hubUrl = process.env.HF_ENDPOINT;
const accessToken = process.env.HF_TOKEN;
const repo = { type: "model", name: "ada/js" };
const asked = { repo, hubUrl, accessToken };
const large = "0123456789".repeat(700_000);

async function text(path, revision) {
  const blob = await hub.downloadFile({ ...asked, path, revision });
  return blob === null ? null : await blob.text();
}

async function listed(revision) {
  const paths = [];
  for await (const file of hub.listFiles({ ...asked, revision, recursive: true })) paths.push(file.path);
  return paths.sort();
}

const seen = { me: (await hub.whoAmI({ hubUrl, accessToken })).name };
await hub.createRepo({ ...asked, private: true, license: "mit", files: [{ path: "a.txt", content: new Blob(["a"]) }] });
seen.card = await text("README.md");
seen.hidden = await hub.repoExists({ repo, hubUrl });
await hub.uploadFiles({ ...asked, files: [{ path: "plain.lfs.bin", content: new Blob([large]) }], useXet: false });
await hub.uploadFiles({ ...asked, files: [{ path: "xet.bin", content: new Blob([large + "x"]) }], useXet: true });
seen.large = [(await text("plain.lfs.bin")) === large, (await text("xet.bin")) === large + "x"];
const proposed = await hub.commit({
  ...asked,
  title: "Propose",
  isPullRequest: true,
  operations: [{ operation: "addOrUpdate", path: "proposed.bin", content: new Blob([large]) }],
});
seen.proposed = [proposed.pullRequestUrl.endsWith("/discussions/1"), await text("proposed.bin", "refs/pr/1") === large];
await hub.deleteFiles({ ...asked, paths: ["a.txt", "README.md"] });
await hub.createBranch({ ...asked, branch: "side" });
await hub.uploadFile({ ...asked, branch: "side", file: { path: "deep/b.txt", content: new Blob(["b"]) } });
seen.main = await listed("main");
seen.side = await listed("side");
seen.exists = await hub.fileExists({ ...asked, path: "xet.bin" });
seen.size = (await hub.fileDownloadInfo({ ...asked, path: "xet.bin" })).size;
seen.commits = await hub.countCommits({ ...asked });
await hub.deleteRepo(asked);
seen.gone = await hub.repoExists({ repo, hubUrl, accessToken });
console.log(JSON.stringify(seen));
