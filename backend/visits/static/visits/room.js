// The room of a visit: media from peer to peer, signalling over our own WebSocket, nothing from elsewhere.
"use strict";

const room = document.getElementById("room");
const state = document.getElementById("state");
const own = document.getElementById("self");
const others = document.getElementById("others");
const button = (id) => document.getElementById(id);
const peers = new Map(); // peer id -> {link, figure, makingOffer, ignoresOffer}
const ENTER = ["join", "listen"];
let media, socket, me;

const CLOSED = {
  4400: "The connection was not understood.",
  4409: "You joined this visit on another screen.",
  4413: "The connection was not understood.",
  4429: "The connection was too busy.",
};

function say(words) { state.textContent = words; }

function waiting() { say(peers.size ? "" : "You are in. Waiting for the other person."); }

async function join(video) {
  for (const id of ENTER) button(id).disabled = true;
  say(video ? "Opening your camera and microphone …" : "Opening your microphone …");
  try {
    media = await navigator.mediaDevices.getUserMedia({ audio: true, video });
  } catch {
    try {
      media = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      say("Please allow this page to use your microphone, then try again.");
      for (const id of ENTER) button(id).disabled = false;
      return;
    }
  }
  own.srcObject = media;
  own.hidden = !media.getVideoTracks().length;
  socket = new WebSocket(room.dataset.socket, ["evenkeel.visit", room.dataset.ticket]);
  socket.onmessage = (event) => hear(JSON.parse(event.data));
  socket.onclose = (event) => end(CLOSED[event.code] || "The visit is closed. Ask for a new link to come back.");
}

function hear(message) {
  const { type, peer } = message;
  if (type === "welcome") {
    me = peer;
    for (const id of ["sound", "leave"]) button(id).hidden = false;
    button("sight").hidden = !media.getVideoTracks().length;
    for (const id of ENTER) button(id).hidden = true;
    waiting();
  } else if (type === "entered") meet(peer, message.name);
  else if (type === "here") meet(peer, message.name, true);
  else if (type === "signal") answer(peer, message.data);
  else if (type === "left") part(peer);
}

function tell(to, data) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ to, data }));
}

function meet(id, name, offers = false) {
  part(id);
  const link = new RTCPeerConnection();
  const figure = document.createElement("figure");
  const video = Object.assign(document.createElement("video"), { autoplay: true, playsInline: true });
  const caption = document.createElement("figcaption");
  caption.textContent = name;
  figure.append(video, caption);
  others.append(figure);
  const them = { link, figure, makingOffer: false, ignoresOffer: false };
  peers.set(id, them);
  link.ontrack = ({ streams }) => { video.srcObject = streams[0]; };
  link.onicecandidate = ({ candidate }) => candidate && tell(id, { candidate });
  link.onconnectionstatechange = () => {
    if (link.connectionState === "failed") link.restartIce();
    figure.dataset.state = link.connectionState;
  };
  link.onnegotiationneeded = async () => {
    if (!offers && !link.remoteDescription) return; // the newcomer makes the first offer
    try {
      them.makingOffer = true;
      await link.setLocalDescription();
      tell(id, { description: link.localDescription });
    } finally {
      them.makingOffer = false;
    }
  };
  if (offers) for (const track of media.getTracks()) link.addTrack(track, media);
  waiting();
}

// "Perfect negotiation" (W3C WebRTC, section 10.7): of two offers at once the lower peer id gives way.
async function answer(id, { description, candidate }) {
  const them = peers.get(id);
  if (!them) return;
  const { link } = them;
  try {
    if (description) {
      const collides = description.type === "offer" && (them.makingOffer || link.signalingState !== "stable");
      them.ignoresOffer = collides && me > id;
      if (them.ignoresOffer) return;
      await link.setRemoteDescription(description);
      if (description.type === "offer") {
        if (!link.getSenders().some((sender) => sender.track)) {
          for (const track of media.getTracks()) link.addTrack(track, media);
        }
        await link.setLocalDescription();
        tell(id, { description: link.localDescription });
      }
    } else if (candidate) await link.addIceCandidate(candidate);
  } catch (error) {
    if (!them.ignoresOffer) console.error(error.name);
  }
}

function part(id) {
  const them = peers.get(id);
  if (!them) return;
  them.link.close();
  them.figure.remove();
  peers.delete(id);
  waiting();
}

function end(words) {
  for (const id of [...peers.keys()]) part(id);
  if (media) for (const track of media.getTracks()) track.stop();
  own.hidden = true;
  for (const id of [...ENTER, "sound", "sight", "leave"]) button(id).hidden = true;
  say(words);
}

function toggle(id, tracks) {
  const off = button(id).getAttribute("aria-pressed") !== "true";
  button(id).setAttribute("aria-pressed", String(off));
  for (const track of tracks()) track.enabled = !off;
}

button("join").onclick = () => join(true);
button("listen").onclick = () => join(false); // where the line is too thin for pictures
button("sound").onclick = () => toggle("sound", () => media.getAudioTracks());
button("sight").onclick = () => toggle("sight", () => media.getVideoTracks());
button("leave").onclick = () => { socket.onclose = null; socket.close(); end("You left the visit."); };
