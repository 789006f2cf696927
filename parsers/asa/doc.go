// Package asa reads the configuration of Cisco ASA firewalls and their
// relatives: PIX, FWSM and the access lists of FTD.
//
// Reading carries out the lines in order and leaves a config for each context;
// lowering turns a config into a device.
package asa
