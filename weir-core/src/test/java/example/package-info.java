/** Programs that the documents show, as those who use the core would write them. */
package example;
