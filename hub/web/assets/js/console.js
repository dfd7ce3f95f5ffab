// What every page of the console runs: the modules find each other here.
import "./stream.js";
import "./pop.js";
import "./keys.js";
import "./timers.js";
import "./live.js";
import "./menu.js";
